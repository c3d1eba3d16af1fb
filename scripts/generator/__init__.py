"""The generator: writes everything under ``generated/`` from the contract (``./scripts/regenerate``).

``command`` reads the contract and runs one step for each output. For the Python client, ``normal_form`` writes the
contract anew in the few words that openapi-python-client understands (``shapes`` says what becomes a class of its
own), ``python_client`` runs that generator, and ``views`` shows the result to the templates: ``methods``, ``models``
and ``fields``, with ``parameters``, ``properties``, ``credentials`` and ``samples`` behind them.
"""
