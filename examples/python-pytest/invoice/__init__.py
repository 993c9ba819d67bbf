"""Amounts and payment terms of invoices."""
