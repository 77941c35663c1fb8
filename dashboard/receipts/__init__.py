"""Receipts: an answer with its inputs and its model, signed, that anybody can check again later.

canonical   the one spelling of a receipt, over whose bytes the signature is
receipt     what it says, and how it is read
keys        the secret that the key is made from
signing     Ed25519 (RFC 8032) over a receipt
registry    any version of a model that the store's releases name, opened when it is asked for
replay      the answer once more, compared to the last bit
desk        what the pages, the API and the command line ask
routes      GET /receipts/<id>, GET /receipts/key, POST /verify
"""
