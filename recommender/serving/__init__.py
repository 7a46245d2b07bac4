"""Suggestions inside a page request: NumPy and ONNX Runtime, never torch, never Django.

Import the modules by name (`engine`, `fallback`, `request`, `catalogue`), so that
a process which only needs the popular list doesn't load ONNX Runtime.
"""
