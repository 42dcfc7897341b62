"""Institutions, contacts and affiliations in the words of FHIR R4, for hospitals' and authorities' systems."""
