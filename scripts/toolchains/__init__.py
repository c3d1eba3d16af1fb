"""Compilers of other languages: what they fetch, by lock files with hashes, and the clients that are built with them."""
