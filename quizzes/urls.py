from django.urls import path

import courses.converters  # noqa: F401 - "word" and "filename" in the addresses below
from quizzes import attempt_views, views

app_name = "quizzes"
urlpatterns = [
    path("", views.quiz_list, name="list"),
    path("attempts/", views.history, name="history"),
    path("attempt/<uuid:public_id>/", attempt_views.attempt, name="attempt"),
    path("attempt/<uuid:public_id>/save/", attempt_views.save, name="save"),
    path("attempt/<uuid:public_id>/focus/", attempt_views.focus, name="focus"),
    path("attempt/<uuid:public_id>/finish/", attempt_views.finish, name="finish"),
    path("result/<uuid:public_id>/", attempt_views.result, name="result"),
    path("review/<uuid:public_id>/", attempt_views.review, name="review"),
    path("file/<filename:name>", views.file, name="file"),
    path("<word:slug>/", views.quiz, name="quiz"),
    path("<word:slug>/start/", views.start, name="start"),
    path("<word:slug>/preview/", views.preview, name="preview"),
    path("<word:slug>/more/", views.buy_attempt, name="buy_attempt"),
    path("<word:slug>/try/", views.try_out, name="try"),
]
