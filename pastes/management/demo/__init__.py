"""What `manage.py demo` fills a site with: texts, and who does what when.

All of it follows from a seed, and none of it is anybody's: addresses, hosts and numbers
are those that are set aside for examples.
"""
