"""The source page as a witness: what a saved copy of it, or another OpenAPI file, says against the contract.

``lines`` turns text, HTML and Markdown into lines, ``page`` reads an operation out of them (``headings`` where the
request ends and the answer begins, ``blocks`` options and examples, ``curl`` the sample), ``openapi_file`` reads an
OpenAPI document, and ``described`` the contract: all give the same ``facts``. ``comparing`` finds the differences,
``departures`` which of them the contract explains, ``taking_over`` writes what needs no judgement into the contract
by ``yaml_edits``, and ``telling`` shows all of it. No sentence of a page is kept anywhere.
"""
