"""The generator: writes everything under ``generated/`` from the contract (``./scripts/regenerate``).

``command`` lints the contract and makes what is out of date: ``steps`` lists the outputs, ``stamps`` remembers what
each was made from, ``swapping`` puts all of them in place at once, and ``comparing`` shows a difference. ``exports``,
``docs``, ``frozen_set`` and ``page_figures`` write an output each. For the Python client, ``normal_form`` writes the
contract anew in the few words that openapi-python-client understands (``shapes`` says what becomes a class of its
own), ``python_client`` runs that generator, and ``views`` shows the result to the templates: ``methods``, ``models``
and ``fields``, with ``parameters``, ``properties``, ``credentials`` and ``samples`` behind them.
"""
