"""Suggestions inside a page request: NumPy and ONNX Runtime, never torch, never Django.

The modules are imported by name (`recommender.serving.engine`, `.fallback`, `.request`, `.catalogue`), so that
a process which only needs the popular list doesn't load ONNX Runtime.
"""
