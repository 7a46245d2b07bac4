from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("about/", views.about_you, name="about_you"),
    path("interests/", views.interests, name="interests"),
]
