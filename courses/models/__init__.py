"""The tables of courses, by subject.

catalogue  what there is to learn: topics, skills, courses, sections, lessons, blocks, assets, revisions
learning   what a learner does with it: enrolment, progress, notes, bookmarks, reviews, goals, certificates
discussion what people say below a lesson: comments, votes, reports
search_words the words of titles and texts, for typing mistakes
"""

from courses.models.catalogue import (
    Asset,
    Block,
    Cohort,
    Course,
    CourseAuthor,
    FormerSlug,
    Lesson,
    Level,
    Revision,
    Section,
    Skill,
    Status,
    Topic,
)
from courses.models.discussion import Comment, CommentReport, CommentVote
from courses.models.learning import (
    Bookmark,
    Certificate,
    Enrolment,
    ExerciseAnswer,
    LearningGoal,
    LessonProgress,
    Note,
    Review,
    StudyDay,
)
from courses.models.search_words import SearchWord

__all__ = [
    "Asset",
    "Block",
    "Bookmark",
    "Certificate",
    "Cohort",
    "Comment",
    "CommentReport",
    "CommentVote",
    "Course",
    "CourseAuthor",
    "Enrolment",
    "ExerciseAnswer",
    "FormerSlug",
    "LearningGoal",
    "Lesson",
    "LessonProgress",
    "Level",
    "Note",
    "Review",
    "Revision",
    "SearchWord",
    "Section",
    "Skill",
    "Status",
    "StudyDay",
    "Topic",
]
