from django.urls import path

from quizzes import views

app_name = "quizzes"
urlpatterns = [
    path("", views.quiz_list, name="list"),
    path("attempts/", views.history, name="history"),
    path("attempt/<uuid:public_id>/", views.attempt, name="attempt"),
    path("attempt/<uuid:public_id>/save/", views.save, name="save"),
    path("attempt/<uuid:public_id>/focus/", views.focus, name="focus"),
    path("attempt/<uuid:public_id>/finish/", views.finish, name="finish"),
    path("result/<uuid:public_id>/", views.result, name="result"),
    path("review/<uuid:public_id>/", views.review, name="review"),
    path("file/<str:name>", views.file, name="file"),
    path("<str:slug>/", views.quiz, name="quiz"),
    path("<str:slug>/start/", views.start, name="start"),
    path("<str:slug>/preview/", views.preview, name="preview"),
    path("<str:slug>/more/", views.buy_attempt, name="buy_attempt"),
    path("<str:slug>/try/", views.try_out, name="try"),
]
