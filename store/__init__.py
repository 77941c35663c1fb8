"""The contract between the halves: what is published, under which keys, and what it promises.

``pipeline`` writes artifacts, ``dashboard`` reads them; neither imports the other. Start with
``schema``, then ``releases``.
"""
