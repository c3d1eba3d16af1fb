"""The bytes of a form: writing them, reading them back, and judging them by the contract.

`parts` writes, `reading` reads, `forms` names the documented ways to write each field, and `validity`
says what a form is worth. The reference server and the suite both judge by these, on bytes as sent.
"""
