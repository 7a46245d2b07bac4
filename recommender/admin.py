"""Model versions in the admin: train, compare with popularity, make live, roll back."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.read_only import ReadOnlyModelAdmin
from jobs.locks import Busy
from jobs.models import Job
from recommender import live, publishing, retraining
from recommender.models import Feedback, ModelVersion
from recommender.ordering import MODELS, RANKER

MODEL_LABELS = {
    RANKER: gettext_lazy("Ranker over all models"),
    "blend": gettext_lazy("Blend of all models, without the ranker"),
    "multi_tower": gettext_lazy("Multi-tower network"),
    "transformer": gettext_lazy("Transformer"),
    "lstm": gettext_lazy("LSTM"),
    "matrix_factorization": gettext_lazy("Matrix factorisation"),
    "autoencoder": gettext_lazy("Autoencoder"),
    "text": gettext_lazy("Text, by TF-IDF"),
    "ease": gettext_lazy("EASE"),
    "slit": gettext_lazy("SLIT, ridge regression on the session"),
    "markov": gettext_lazy("Markov chain"),
    "markov_second_order": gettext_lazy("Markov chain of second order"),
    "item_knn": gettext_lazy("Item neighbours"),
    "user_knn": gettext_lazy("User neighbours"),
    "alike": gettext_lazy("Items about the same"),
    "popularity": gettext_lazy("Popularity"),
    "popularity_week": gettext_lazy("Popularity of the week"),
}


class TrainingForm(forms.Form):
    model = forms.ChoiceField(
        label=gettext_lazy("What orders the suggestions"),
        required=False,
        choices=[(name, MODEL_LABELS[name]) for name in MODELS],
        widget=UnfoldAdminSelectWidget,
    )


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyModelAdmin):
    list_display = [
        "name", "state", "created_at", "ordered_by", "events", "ndcg", "popularity_ndcg", "hit_rate",
        "popularity_hit_rate",
    ]  # fmt: skip
    fields = [
        "name", "state", "explanation", "ordered_by", "created_at", "published_at", "job", "events",
        "learners", "items", "training_time", "measured",
    ]  # fmt: skip
    list_before_template = "admin/recommender/status.html"
    change_form_outer_before_template = "admin/recommender/make_live.html"

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("train/", wrap(self.train_view), name="recommender_modelversion_train"),
            path("roll-back/", wrap(self.roll_back_view), name="recommender_modelversion_roll_back"),
            path("<int:pk>/publish/", wrap(self.publish_view), name="recommender_modelversion_publish"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def changelist_view(self, request, extra_context=None):
        self.live_name = live.version()
        extra = {
            "model_problem": live.problem(),
            "live_name": self.live_name,
            "running_job": _running(),
            "may_train": request.user.has_perm("recommender.change_modelversion"),
            "training_form": TrainingForm(),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        self.live_name = live.version()
        extra = {
            "live_name": self.live_name,
            "may_train": request.user.has_perm("recommender.change_modelversion"),
        }
        return super().change_view(request, object_id, form_url, extra | (extra_context or {}))

    @display(
        description=gettext_lazy("state"),
        label={"live": "success", "rejected": "danger", "accepted": "info", "pending": "warning"},
    )
    def state(self, version):
        if version.name == self.live_name:
            return "live", _("live")
        return version.verdict, version.get_verdict_display()

    @admin.display(description=gettext_lazy("ordered by"))
    def ordered_by(self, version):
        name = version.metrics.get("model", RANKER)
        return MODEL_LABELS.get(name, name)

    @admin.display(description="NDCG@10")
    def ndcg(self, version):
        return _number(version.metrics, "ndcg@10")

    @admin.display(description=gettext_lazy("popularity's NDCG@10"))
    def popularity_ndcg(self, version):
        return _number(version.metrics, "popularity_ndcg@10")

    @admin.display(description="HR@10")
    def hit_rate(self, version):
        return _number(version.metrics, "hr@10")

    @admin.display(description=gettext_lazy("popularity's HR@10"))
    def popularity_hit_rate(self, version):
        return _number(version.metrics, "popularity_hr@10")

    @admin.display(description=gettext_lazy("training time"))
    def training_time(self, version):
        return _("%(seconds)d s") % {"seconds": version.seconds}

    @admin.display(description=gettext_lazy("measured on held-back events"))
    def measured(self, version):
        rows = [
            (name, f"{value:.4f}" if isinstance(value, float) else value)
            for name, value in sorted(version.metrics.items())
            if isinstance(value, int | float | str)
        ]
        cells = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", rows)
        return format_html("<table>{}</table>", cells)

    def train_view(self, request):
        """Queue a training run, or show the one under way."""
        self._check(request)
        running = _running()
        if running is not None:
            messages.info(request, _("A training run is under way already: this is its page."))
        else:
            asked = TrainingForm(request.POST)
            if not asked.is_valid():
                messages.error(request, _("Choose one of the models in the list, then train again."))
                return redirect("admin:recommender_modelversion_changelist")
            running = retraining.start(owner=request.user, model=asked.cleaned_data["model"] or None)
        return redirect("admin:jobs_job_change", running.pk)

    def roll_back_view(self, request):
        self._check(request)
        try:
            name = publishing.roll_back()
        except (publishing.NotPublishable, Busy) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(name)s is live again.") % {"name": name})
        return redirect("admin:recommender_modelversion_changelist")

    def publish_view(self, request, pk):
        self._check(request)
        version = get_object_or_404(ModelVersion, pk=pk)
        try:
            publishing.publish(version)
        except (publishing.NotPublishable, Busy) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(name)s is live.") % {"name": version.name})
        return redirect("admin:recommender_modelversion_changelist")

    def _check(self, request):
        if request.method != "POST" or not request.user.has_perm("recommender.change_modelversion"):
            raise PermissionDenied


def _running():
    return Job.objects.unfinished().filter(kind="train").order_by("-pk").first()


def _number(metrics, name):
    value = metrics.get(name)
    return "–" if value is None else f"{value:.4f}"


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyModelAdmin):
    list_display = ["created_at", "learner", "key", "answer"]
    list_filter = ["answer"]
    list_select_related = ["learner"]
    show_full_result_count = False
