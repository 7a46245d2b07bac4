"""Suggestions inside a page request: NumPy and ONNX Runtime, never torch, never Django.

Import the modules by name (`engine`, `fallback`, `request`, `catalogue`): a process that only needs the
popular list then doesn't load ONNX Runtime.
"""
