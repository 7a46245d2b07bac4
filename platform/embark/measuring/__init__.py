"""Measurements of a whole site: speed, load, faults. Each run has servers and data of its own.

environment  the private folder, before Django reads its settings
catalogue    synthetic courses, learners and events of any size
version      a model version with random weights, which costs what a trained one costs
site         the web server and the worker, as processes that can be killed
browser      a signed-in learner's requests
takers       learners who take a quiz and remember what was acknowledged
suggestions, pages, newcomers, grading, engine    what `manage.py bench` measures
administration   each page of the admin at that size, which `manage.py bench` measures too
load, faults                                      what `manage.py load` and `manage.py faults` do
report       tables and JSON
"""
