"""The one page of this room: a resident opens an account."""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from zhengling.kernel.accounts.access import EVERYBODY, for_audience
from zhengling.kernel.accounts.adapters import BACKEND
from zhengling.kernel.accounts.errors import AccountError
from zhengling.kernel.people.errors import PersonError
from zhengling.kernel.people.forms import RegistrationForm
from zhengling.kernel.people.registration import register as open_account


@sensitive_post_parameters("password", "password_again", "id_number")
@never_cache
@for_audience(EVERYBODY)
def register(request: HttpRequest) -> HttpResponse:
    """State name, number and password; the new account is signed in at once."""
    if request.user.is_authenticated:
        return redirect("home")
    refusal: HttpResponse | None = ratelimit.consume_or_429(request, action="signup")
    if refusal:
        return refusal
    form = RegistrationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            user = open_account(
                data["username"],
                data["password"],
                name=data["name"],
                id_number=data["id_number"],
                phone=data["phone"],
            )
        except (AccountError, PersonError) as error:
            form.add_error(None, str(error))
        else:
            login(request, user, backend=BACKEND)
            return redirect("home")
    return render(request, "people/register.html", {"form": form}, status=422 if form.errors else 200)
