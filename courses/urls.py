from django.urls import path

import courses.converters  # noqa: F401 - "word" and "filename" in the addresses below
from courses.views import catalogue, course, discussion, learning, lesson, media

app_name = "courses"
urlpatterns = [
    path("courses/", catalogue.catalogue, name="catalogue"),
    path("courses/titles/", catalogue.titles, name="titles"),
    path("topics/", catalogue.topics, name="topics"),
    path("topics/<word:slug>/", catalogue.topic, name="topic"),
    path("courses/<word:slug>/", course.course, name="course"),
    path("courses/<word:course_slug>/<word:slug>/", lesson.lesson, name="lesson"),
    path("media/<int:pk>/<filename:name>", media.asset, name="asset"),
    # What a learner does; every one is a POST.
    path("learning/enrol/<word:slug>/", course.enrol, name="enrol"),
    path("learning/leave/<word:slug>/", course.leave, name="leave"),
    path("learning/rate/<word:slug>/", course.rate, name="rate"),
    path("lessons/<int:pk>/complete/", lesson.complete, name="complete"),
    path("lessons/<int:pk>/place/", lesson.place, name="place"),
    path("lessons/<int:pk>/bookmark/", lesson.bookmark, name="bookmark"),
    path("lessons/<int:pk>/notes/", lesson.notes, name="notes"),
    path("notes/<int:pk>/edit/", lesson.edit_note, name="edit_note"),
    path("notes/<int:pk>/delete/", lesson.delete_note, name="delete_note"),
    path("exercises/<int:pk>/answer/", lesson.answer, name="answer"),
    path("lessons/<int:pk>/comments/", discussion.comments, name="comments"),
    path("learning/discussion/<word:slug>/", discussion.of_course, name="discussion"),
    path("comments/<int:pk>/edit/", discussion.edit, name="edit_comment"),
    path("comments/<int:pk>/delete/", discussion.delete, name="delete_comment"),
    path("comments/<int:pk>/report/", discussion.report, name="report_comment"),
    path("comments/<int:pk>/vote/", discussion.vote, name="vote_comment"),
    path("comments/<int:pk>/accept/", discussion.accept, name="accept_comment"),
    # What a learner has.
    path("learning/", learning.my_learning, name="my_learning"),
    path("learning/notes/", learning.my_notes, name="my_notes"),
    path("learning/goal/", learning.goal, name="goal"),
    path("learning/certificates/", learning.certificates, name="certificates"),
    path("learning/board/<word:slug>/", learning.leaderboard, name="leaderboard"),
    path("certificates/<word:code>/", learning.certificate, name="certificate"),
    path("certificates/<word:code>/certificate.pdf", learning.certificate_pdf, name="certificate_pdf"),
]
