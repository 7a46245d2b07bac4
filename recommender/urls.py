from django.urls import path

from recommender import views

app_name = "recommender"
urlpatterns = [
    path("", views.yours, name="yours"),
    path("feedback/", views.feedback, name="feedback"),
    path("personalisation/", views.personalisation, name="personalisation"),
    path("afresh/", views.afresh, name="afresh"),
]
