"""Documents of users and of the account behind a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, identifier, linked

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.access import Principal
    from tfc_agent_tools.sandbox.members import User

_PATHS = {"users": "/users/{}", "teams": "/teams/{}", "organizations": "/organizations/{}"}


def user_document(user: User) -> Document:
    """Return what others see of a user."""
    return {
        "id": user.id,
        "type": "users",
        "attributes": {
            "username": user.username,
            "is-service-account": user.is_service_account,
            "auth-method": "tfc",
            "avatar-url": f"https://www.gravatar.com/avatar/{user.id}?s=100&d=mm",
            "v2-only": user.is_service_account,
            "permissions": {
                "can-create-organizations": False,
                "can-change-email": False,
                "can-change-username": False,
            },
        },
        "relationships": {"authentication-tokens": linked(f"/users/{user.id}/authentication-tokens")},
        "links": {"self": f"{API}/users/{user.id}"},
    }


def account_document(principal: Principal) -> Document:
    """Return the account; `authenticated-resource` names the team or organization of a service account."""
    user = principal.user
    person = not user.is_service_account
    document = user_document(user)
    document["attributes"] |= {
        "is-site-admin": False,
        "is-sso-login": False,
        "email": user.email,
        "unconfirmed-email": None,
        "permissions": {
            "can-create-organizations": person,
            "can-change-email": person,
            "can-change-username": person,
        },
    }
    resource = principal.resource
    document["relationships"]["authenticated-resource"] = {
        "data": identifier(resource.type, resource.id),
        **linked(_PATHS[resource.type].format(resource.id)),
    }
    return document
