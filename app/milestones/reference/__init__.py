"""The reference of the contract file for people, docs/contract.md: made of the models and of the reader's own words."""
