"""How a visitor of the made-up shop goes on: from each event to the next, in percent.

The weights are those of the public data set (its 3,605 sessions), rounded to whole percent; ways that
round to none are left out. `END` is the end of the session, `START` what it begins with.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

START = "START"
END = "END"

_MOST_EVENTS = 60
"""A session that is still going on after this many events ends there."""


# fmt: off
WAYS: dict[str, dict[str, int]] = {
    START: {
        "home": 32, "catalog": 25, "search": 19, "product_view": 13, "filter_results": 3, "add_to_cart": 2,
        "promo_page": 1, "account_page": 1, "wishlist_add": 1, "cart": 1, "review_page": 1,
    },
    "account_page": {
        "catalog": 20, "product_view": 17, END: 15, "home": 12, "search": 10, "filter_results": 7,
        "add_to_cart": 3, "cart": 3, "shipping_details": 2, "promo_page": 2, "payment_details": 2,
        "account_page": 2, "wishlist_add": 2, "review_page": 2, "purchase": 1, "compare": 1,
        "error_page": 1,
    },
    "add_to_cart": {
        "product_view": 20, "cart": 17, "shipping_details": 10, "catalog": 10, END: 10,
        "payment_details": 6, "filter_results": 4, "search": 4, "purchase": 3, "home": 3, "promo_page": 2,
        "wishlist_add": 2, "account_page": 2, "error_page": 1, "support_chat": 1, "add_to_cart": 1,
        "review_page": 1, "compare": 1, "payment_error": 1, "checkout_bug": 1,
    },
    "cart": {
        "shipping_details": 14, "product_view": 13, "add_to_cart": 13, END: 10, "payment_details": 10,
        "catalog": 8, "purchase": 6, "search": 4, "home": 3, "filter_results": 3, "cart": 3,
        "promo_page": 3, "wishlist_add": 2, "support_chat": 2, "account_page": 2, "error_page": 1,
        "compare": 1, "review_page": 1, "payment_error": 1, "checkout_bug": 1,
    },
    "catalog": {
        "product_view": 26, "catalog": 17, "search": 11, END: 11, "filter_results": 10, "home": 8,
        "add_to_cart": 3, "wishlist_add": 2, "promo_page": 2, "account_page": 2, "cart": 2,
        "shipping_details": 1, "review_page": 1, "error_page": 1, "support_chat": 1, "compare": 1,
        "payment_details": 1,
    },
    "checkout_bug": {
        "add_to_cart": 23, "cart": 20, "shipping_details": 18, END: 9, "catalog": 7, "home": 5,
        "filter_results": 5, "wishlist_add": 5, "checkout_bug": 2, "purchase": 2, "product_view": 2,
        "error_page": 2,
    },
    "compare": {
        "product_view": 32, "catalog": 19, END: 12, "search": 7, "add_to_cart": 6, "home": 4, "cart": 4,
        "filter_results": 4, "shipping_details": 3, "account_page": 2, "wishlist_add": 2, "promo_page": 1,
        "payment_details": 1, "review_page": 1,
    },
    "error_page": {
        "product_view": 17, "catalog": 16, END: 14, "search": 13, "filter_results": 8,
        "shipping_details": 5, "home": 4, "payment_details": 4, "add_to_cart": 4, "cart": 3,
        "review_page": 3, "promo_page": 2, "purchase": 2, "error_page": 2, "wishlist_add": 2,
        "support_chat": 1,
    },
    "filter_results": {
        "catalog": 23, "product_view": 20, "search": 12, "filter_results": 12, END: 12, "home": 4,
        "add_to_cart": 3, "wishlist_add": 3, "cart": 2, "promo_page": 2, "account_page": 2, "error_page": 1,
        "review_page": 1, "shipping_details": 1, "compare": 1, "support_chat": 1, "payment_details": 1,
    },
    "home": {
        "catalog": 27, "search": 16, "product_view": 15, END: 8, "filter_results": 7, "promo_page": 6,
        "account_page": 5, "home": 5, "cart": 2, "add_to_cart": 2, "wishlist_add": 2, "shipping_details": 1,
        "error_page": 1, "review_page": 1, "compare": 1, "payment_details": 1,
    },
    "payment_details": {
        END: 23, "purchase": 16, "shipping_details": 15, "cart": 10, "product_view": 7, "add_to_cart": 6,
        "catalog": 4, "payment_error": 3, "payment_details": 3, "support_chat": 2, "filter_results": 2,
        "wishlist_add": 2, "account_page": 2, "promo_page": 2, "search": 1, "error_page": 1,
        "review_page": 1,
    },
    "payment_error": {
        "support_chat": 19, END: 15, "payment_details": 8, "shipping_details": 8, "cart": 8, "catalog": 7,
        "add_to_cart": 7, "product_view": 5, "search": 4, "filter_results": 3, "payment_error": 3,
        "wishlist_add": 3, "home": 3, "error_page": 3, "compare": 2, "purchase": 1,
    },
    "product_view": {
        "catalog": 20, "product_view": 19, "search": 12, END: 11, "filter_results": 8, "add_to_cart": 5,
        "wishlist_add": 4, "cart": 4, "home": 4, "review_page": 2, "shipping_details": 2, "promo_page": 2,
        "account_page": 2, "compare": 1, "payment_details": 1, "support_chat": 1, "purchase": 1,
        "error_page": 1,
    },
    "promo_page": {
        "product_view": 24, "catalog": 17, "home": 14, END: 12, "filter_results": 7, "search": 6,
        "add_to_cart": 4, "cart": 3, "wishlist_add": 2, "account_page": 2, "shipping_details": 2,
        "promo_page": 1, "payment_details": 1, "purchase": 1, "review_page": 1, "support_chat": 1,
        "payment_error": 1, "error_page": 1, "compare": 1,
    },
    "purchase": {
        END: 40, "payment_details": 14, "shipping_details": 10, "cart": 8, "product_view": 7,
        "add_to_cart": 7, "catalog": 3, "search": 2, "wishlist_add": 1, "account_page": 1,
        "support_chat": 1, "filter_results": 1, "promo_page": 1, "compare": 1, "error_page": 1, "home": 1,
    },
    "review_page": {
        "product_view": 33, "catalog": 17, END: 13, "search": 7, "filter_results": 5, "home": 4, "cart": 4,
        "add_to_cart": 3, "wishlist_add": 3, "shipping_details": 2, "purchase": 1, "payment_details": 1,
        "error_page": 1, "support_chat": 1, "review_page": 1, "promo_page": 1, "account_page": 1,
    },
    "search": {
        "product_view": 24, "catalog": 20, "search": 14, "filter_results": 11, END: 11, "home": 7,
        "add_to_cart": 3, "wishlist_add": 2, "promo_page": 2, "account_page": 2, "cart": 2,
        "review_page": 1, "shipping_details": 1, "error_page": 1, "compare": 1, "payment_details": 1,
    },
    "shipping_details": {
        "payment_details": 15, END: 15, "cart": 14, "product_view": 11, "purchase": 10, "add_to_cart": 8,
        "catalog": 6, "shipping_details": 3, "search": 2, "promo_page": 2, "filter_results": 2, "home": 2,
        "support_chat": 2, "wishlist_add": 1, "account_page": 1, "payment_error": 1, "checkout_bug": 1,
        "error_page": 1, "compare": 1, "review_page": 1,
    },
    "support_chat": {
        "product_view": 19, END: 12, "search": 10, "catalog": 9, "payment_details": 8,
        "shipping_details": 7, "payment_error": 6, "add_to_cart": 5, "cart": 5, "support_chat": 3,
        "account_page": 3, "filter_results": 3, "home": 2, "wishlist_add": 2, "promo_page": 2, "compare": 1,
        "review_page": 1, "purchase": 1, "error_page": 1,
    },
    "wishlist_add": {
        "product_view": 27, "catalog": 20, END: 11, "search": 9, "filter_results": 6, "home": 4,
        "add_to_cart": 4, "shipping_details": 3, "cart": 3, "wishlist_add": 2, "promo_page": 2,
        "account_page": 1, "purchase": 1, "payment_details": 1, "support_chat": 1, "compare": 1,
        "review_page": 1, "error_page": 1,
    },
}
# fmt: on

EVENT_NAMES = tuple(name for name in WAYS if name != START)
"""The names of events, in the order `walk` numbers them."""


def walk(random: np.random.Generator, *, sessions: int) -> NDArray[np.int8]:
    """Made-up sessions, a row each: numbers of `EVENT_NAMES` in order, then -1 up to the longest's width.

    Each session has one event at least.
    """
    ways = _cumulated_ways()
    end = len(EVENT_NAMES)
    state: NDArray[Any] = np.full(sessions, end + 1)
    steps = []
    for _ in range(_MOST_EVENTS):
        drawn = random.random(sessions)
        state = (drawn[:, None] >= ways[state]).sum(axis=1)
        if (state == end).all():
            break
        steps.append(np.where(state == end, -1, state).astype(np.int8))
    return np.stack(steps, axis=1)


@cache
def _cumulated_ways() -> NDArray[np.float64]:
    """For each event, then the end (which stays), then the start: the cumulated shares of what follows."""
    columns = (*EVENT_NAMES, END)
    rows = [*(WAYS[name] for name in EVENT_NAMES), {END: 1}, WAYS[START]]
    weights = np.array([[row.get(name, 0) for name in columns] for row in rows], dtype=np.float64)
    shares: NDArray[np.float64] = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    shares[:, -1] = 1.0
    return shares
