"""Validates the documents of the command line against the schema that stands first."""

import sys

import xmlschema

schema = xmlschema.XMLSchema10(sys.argv[1])
documents = sys.argv[2:]
if not documents:
    sys.exit("no documents")
wrong = 0
for document in documents:
    for error in schema.iter_errors(document):
        wrong += 1
        print(f"{document}: {error.path}: {error.reason}")
print(f"{len(documents)} documents, {wrong} errors")
sys.exit(1 if wrong else 0)
