"""HTTP mechanism: access rules, errors, security headers, templates, health."""
