"""What requests carry: written as bytes, read back strictly, and judged by the contract.

The suite and the reference server both judge by this room, on bytes as sent.
"""
