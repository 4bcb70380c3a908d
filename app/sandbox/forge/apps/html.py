"""The pages on which people register and install Apps, as plain as can be."""

from __future__ import annotations

from typing import Any

from flask import render_template_string

_FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{{ title }} (sandbox)</title>
<meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
button{font:inherit;padding:.3rem 1rem}li.error,p.error{color:#b00}label{display:block;margin:.3rem 0}</style>
<p>A pretend GitHub{% if person %} · signed in as <b>{{ person.login }}</b>{% endif %}</p>
<h1>{{ title }}</h1>
"""

SIGN_IN = """<p>Who are you?</p>
<form method="{{ method }}" action="{{ action }}">
{% for name, value in fields %}<input type="hidden" name="{{ name }}" value="{{ value }}">{% endfor %}
{% for one in people %}<button name="as" value="{{ one.login }}">Sign in as {{ one.login }}</button>
{% endfor %}</form>"""

PROBLEMS = """<ul>{% for one in problems %}<li class="error">Error {{ one }}</li>{% endfor %}</ul>"""

CONFIRM = """<form method="post" action="/settings/apps">
<input type="hidden" name="proposal" value="{{ proposal }}">
<label>GitHub App name <input name="name" value="{{ name }}" maxlength="34" required></label>
{% if problem %}<p class="error">{{ problem }}</p>{% endif %}
<p>It will belong to {{ account.login }}, and ask for:</p>
<ul>{% for name, access in permissions.items() %}<li>{{ name }}: {{ access }}</li>{% endfor %}</ul>
<button>Create GitHub App for {{ account.login }}</button></form>"""

APP = """<p>{{ app.description or "An App without a description." }}</p>
<p><a href="{{ app.url }}">{{ app.url }}</a></p>
<p><a href="/apps/{{ app.slug }}/installations/new">Install</a></p>"""

WHERE = """<p>Where do you want to install {{ app.name }}?</p>
<ul>{% for one in accounts %}
<li><a href="?{{ {"target_id": one.id, "state": state} | urlencode }}">{{ one.login }}</a></li>
{% else %}<li>Nowhere: you own no account that it may be installed on.</li>{% endfor %}</ul>"""

CHOOSE = """<form method="post" action="{{ action }}">
<input type="hidden" name="target_id" value="{{ account.id }}">
<input type="hidden" name="state" value="{{ state }}">
<label><input type="radio" name="selection" value="all"{{ " checked" if selected is none }}>
All repositories</label>
<label><input type="radio" name="selection" value="selected"{{ " checked" if selected is not none }}>
Only select repositories</label>
{% for one in repositories %}<label>
<input type="checkbox" name="repository_ids" value="{{ one.id }}"
{{ "checked" if one.id in (selected or ()) }}>
{{ one.full_name }}</label>{% endfor %}
{% if problem %}<p class="error">{{ problem }}</p>{% endif %}
{% if suspended %}<p>This installation is suspended.</p>{% endif %}
<button>{{ button }}</button></form>"""


def page(title: str, content: str, **values: Any) -> str:
    """One page; its values are escaped."""
    return render_template_string(_FRAME + content, title=title, **values)
