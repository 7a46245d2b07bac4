"""Every address of the API. Apps write the views; `publish` adds what all of them share."""

from django.urls import path, re_path

import courses.api
import credits.api
import notices.api
import quizzes.api
import recommender.api
from embark.api import schema
from embark.api.problems import Missing
from embark.api.publishing import publish

app_name = "api"
urlpatterns = [
    path("", schema.reference, name="reference"),
    path("schema/", schema.Schema.as_view(), name="schema"),
    path("courses/", publish(courses.api.CourseList), name="courses"),
    path("courses/<str:slug>/", publish(courses.api.CourseDetail), name="course"),
    path("courses/<str:slug>/enrolment/", publish(courses.api.CourseEnrolment), name="enrolment"),
    path("topics/", publish(courses.api.TopicList), name="topics"),
    path("enrolments/", publish(courses.api.EnrolmentList), name="enrolments"),
    path("lessons/<int:pk>/", publish(courses.api.LessonDetail), name="lesson"),
    path("lessons/<int:pk>/open/", publish(courses.api.LessonOpen), name="open_lesson"),
    path("lessons/<int:pk>/complete/", publish(courses.api.LessonComplete), name="complete_lesson"),
    path("quizzes/", publish(quizzes.api.QuizList), name="quizzes"),
    path("quizzes/<str:slug>/", publish(quizzes.api.QuizDetail), name="quiz"),
    path("quizzes/<str:slug>/attempts/", publish(quizzes.api.QuizStart), name="start_attempt"),
    path("due-dates/", publish(quizzes.api.DueList), name="due_dates"),
    path("refreshers/", publish(quizzes.api.RefresherList), name="refreshers"),
    path("attempts/", publish(quizzes.api.AttemptList), name="attempts"),
    path("attempts/<uuid:public_id>/", publish(quizzes.api.AttemptDetail), name="attempt"),
    path("attempts/<uuid:public_id>/answers/", publish(quizzes.api.AttemptSave), name="save_answers"),
    path("attempts/<uuid:public_id>/page/", publish(quizzes.api.AttemptPage), name="turn_page"),
    path("attempts/<uuid:public_id>/check/", publish(quizzes.api.AttemptCheck), name="check_answer"),
    path("attempts/<uuid:public_id>/hints/", publish(quizzes.api.AttemptHint), name="buy_hint"),
    path("attempts/<uuid:public_id>/submit/", publish(quizzes.api.AttemptSubmit), name="submit_attempt"),
    path("attempts/<uuid:public_id>/result/", publish(quizzes.api.AttemptResult), name="result"),
    path("attempts/<uuid:public_id>/review/", publish(quizzes.api.AttemptReview), name="review"),
    path("wallet/", publish(credits.api.Wallet), name="wallet"),
    path("wallet/entries/", publish(credits.api.EntryList), name="entries"),
    path("suggestions/", publish(recommender.api.Suggestions), name="suggestions"),
    path("suggestions/feedback/", publish(recommender.api.FeedbackList), name="feedback"),
    path(
        "suggestions/feedback/<str:item>/", publish(recommender.api.FeedbackOfItem), name="feedback_of_item"
    ),
    path("notices/", publish(notices.api.NoticeList), name="notices"),
    path("notices/read/", publish(notices.api.NoticesRead), name="read_notices"),
    path("notices/preferences/", publish(notices.api.Preferences), name="preferences"),
    re_path("", Missing.as_view()),
]
