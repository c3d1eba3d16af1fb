"""Recorded traffic: what browsers, proxies and other tools wrote down is read, matched to the contract, and judged."""
