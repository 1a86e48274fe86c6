"""Measures the product on data of real size: fills cities, walks pages and acts, compares with a bare page.

Nothing of the product imports this package.
"""
