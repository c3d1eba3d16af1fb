"""Compilers of other languages: what they fetch, held to lock files, and the clients built with them."""
