"""The formats of files: bytes and arrays, no tensors."""
