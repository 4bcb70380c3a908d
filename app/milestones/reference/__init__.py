"""The reference of the contract file, docs/contract.md, made of the models and the reader's own words."""
