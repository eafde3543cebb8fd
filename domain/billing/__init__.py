"""What seats cost: the price list, use as it was, prepaid charges and credits, invoices, and what they will be."""
