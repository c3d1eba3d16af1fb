"""Compares two versions of the contract: each change with its place, whom it breaks and why.

Two readers look at both documents. Redocly's `diff`, a kept tool, says what has changed in the text, each change with
its JSON pointers. It is not enough to judge by: a change of a component is told once, at the first place that uses it;
what is in lists inside of extensions is not seen (`x-echoes`, `x-should`); it knows one verdict for callers and
servers alike; and it rates as a patch what breaks one of them (`encoding`, `security`, `format: binary`, roles, stages,
costs, a field of a request that is gone), and as major what is written in another way (`allOf`). So the normal forms
(`conformance.contract`) are compared besides, in each direction in which a schema is used. They decide; what Redocly
alone sees is listed too, as what it is: prose, another spelling, or, where neither reader understands it, Redocly's
own verdict. `tests/contract_diff` holds both to edits with argued verdicts, and oasdiff too, where Go is there.

`rules.yaml` says what each kind of change means; `versions` makes of it how far `info.version` has to be raised.
"""
