"""The site as browsers without JavaScript see it: pages, forms, who may see what."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from challenge.conftest import OPEN, Running, ServerMaker, add, settings_with
from myorun.challenge import people, runs, submissions
from myorun.challenge.recorded import RecordedRun
from myorun.challenge.settings import Settings
from myorun.challenge.site import plots, tables
from myorun.client import ChallengeError
from started import PATIENCE

PASSWORD = "correct horse battery"


class Browser:
    """Cookies, forms, and a look at every answer's headers."""

    def __init__(self, server: Running) -> None:
        self._base = server.url
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> tuple[int, str]:
        return self._open(urllib.request.Request(self._base + path, headers={"Accept": "text/html"}))

    def post(self, path: str, page: str | None = None, **fields: str) -> tuple[int, str]:
        """Send a form, with the key of the ``page`` that it is on."""
        if page is not None:
            found = re.search(r'name="form_key" value="(\w+)"', self.get(page)[1])
            assert found is not None
            fields["form_key"] = found.group(1)
        data = urllib.parse.urlencode(fields).encode()
        return self._open(urllib.request.Request(self._base + path, data, {"Accept": "text/html"}))

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                status, headers, text = answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                status, headers, text = answer.code, answer.headers, answer.read().decode()
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert status < 500, text
        return status, text

    def sign_up(self, name: str, password: str = PASSWORD, **fields: str) -> tuple[int, str]:
        return self.post("/sign-up", "/sign-up", name=name, password=password, **fields)


def play(server: Running, name: str = "ann", steps: int = 20) -> int:
    connection = server.connect(name)
    run = int(connection.create()["run"])
    connection.reset(run, 0)
    for step in range(steps):
        connection.step(run, 0, step, [0.1] * 18)
    connection.submit(run)
    return run


PAGES = [
    "/",
    "/ranking",
    "/progress",
    "/rules",
    "/start",
    "/docs",
    "/sign-in",
    "/sign-up",
    "/submissions/1",
    "/?q=ann&sort=date",
]


def test_every_page_is_there_and_asks_nobody_else(serve: ServerMaker) -> None:
    server = serve()
    play(server)
    browser = Browser(server)
    for page in PAGES:
        status, text = browser.get(page)
        assert status == 200, page
        assert "<h1" in text and "<script" not in text and "style=" not in text
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', text), page


def test_the_leaderboard_has_twins(serve: ServerMaker) -> None:
    server = serve()
    run = play(server)
    browser = Browser(server)
    [place] = json.loads(browser.get("/leaderboard.json")[1])["places"]
    assert (place["rank"], place["team"], place["submission"]) == (1, "ann", run)
    header, line = browser.get("/leaderboard.csv")[1].split("\r\n")[:2]
    assert header.startswith("rank,team,score") and line.startswith(f"1,ann,{place['score']!r}")
    assert f"{place['score']:.3f}" in browser.get("/")[1]


def test_the_ranking_has_a_box_and_every_probability_for_each_of_the_best(serve: ServerMaker) -> None:
    server = serve()
    for name, steps in (("ann", 30), ("bob", 12)):
        play(server, name, steps)
    page = Browser(server).get("/ranking")[1]
    [figure] = re.findall(r'<svg class="plot".*?</svg>', page, re.DOTALL)
    root = ElementTree.fromstring(figure)
    boxes = [group for group in root.iter("g") if group.get("class") == "box"]
    assert [len(box.findall("circle")) for box in boxes] == [3, 3]
    assert "Ranking so far" in page and len(re.findall(r"<td[^>]*>[\d.]+ %</td>", page)) == 4 + 1


def test_the_ranking_of_a_hidden_stage_is_ones_own_only(serve: ServerMaker) -> None:
    server = serve(results="closed")
    play(server)
    page = Browser(server).get("/ranking")[1]
    assert "No score yet" in page and "shown when the stage has closed" in page


def test_names_are_text_and_never_markup(serve: ServerMaker) -> None:
    server = serve()
    evil = "<script>alert(1)</script>"
    sql = "x'; DROP TABLE runs; --"
    for name in (evil, sql):
        server.tokens[name] = add(server.ledger, name)[1]
        play(server, name)
    page = Browser(server).get("/")[1]
    assert evil not in page and "&lt;script&gt;" in page and "DROP TABLE runs" in page


def test_a_spreadsheet_computes_no_name(serve: ServerMaker) -> None:
    server = serve()
    server.tokens["=1+1"] = add(server.ledger, "=1+1")[1]
    play(server, "=1+1")
    assert "1,'=1+1," in Browser(server).get("/leaderboard.csv")[1]


def test_the_thumbnail_moves_by_itself_and_stands_still_on_request(serve: ServerMaker) -> None:
    server = serve()
    run = play(server)
    moving = Browser(server).get(f"/submissions/{run}/thumbnail.svg")[1]
    still = Browser(server).get(f"/submissions/{run}/thumbnail.svg?still")[1]
    for text in (moving, still):
        ElementTree.fromstring(text)
    assert "<animate " in moving and "<animate" not in still and "<script" not in moving


def test_the_viewer_gets_its_replay(serve: ServerMaker) -> None:
    server = serve()
    runs = play(server), play(server, "bob")
    connection = server.connect()
    listed = connection.get(f"/watch/{runs[0]}.0+{runs[1]}.0/replays.json")
    assert listed["replays"] == [f"/submissions/{run}/0.replay" for run in runs]
    with urllib.request.urlopen(server.url + listed["replays"][0]) as answer:
        assert answer.read(8) == b"\x89MYORUN\n"
    browser = Browser(server)
    assert browser.get(f"/watch/{runs[0]}.0/")[0] == 200
    assert browser.get(f"/duel?a={runs[0]}&b={runs[1]}&course=99")[0] == 200
    for nothing in ("/watch/1.0+2.0+3.0/", "/watch/x/", "/watch/../..%2fetc/", "/submissions/1/9.replay", "/duel",
                    "/submissions/0", "/submissions/99999999999", "/watch/1.0/%2e%2e/page.py"):  # fmt: skip
        assert browser.get(nothing)[0] in (400, 404), nothing


# ---------------------------------------------------------------- who sees what


def test_hidden_results_are_seen_by_their_owner_only(serve: ServerMaker) -> None:
    server = serve(results="closed", replays="closed", closes="2027-01-16T00:00:00Z")
    browser = Browser(server)
    browser.sign_up("carl")
    token = _new_token(browser)
    server.tokens["carl"] = token
    own, other = play(server, "carl"), play(server, "ann")
    assert browser.get(f"/submissions/{own}")[0] == 200
    assert browser.get(f"/submissions/{other}")[0] == 403
    assert browser.get(f"/submissions/{other}/thumbnail.svg")[0] == 403
    assert browser.get(f"/watch/{other}.0/replays.json")[0] == 403
    assert [p["team"] for p in json.loads(browser.get("/leaderboard.json")[1])["places"]] == ["carl"]
    assert json.loads(Browser(server).get("/leaderboard.json")[1])["places"] == []
    server.clock.now = server_time("2027-01-16T00:00:00+00:00")
    places = json.loads(Browser(server).get("/leaderboard.json")[1])["places"]
    assert {p["team"] for p in places} == {"carl", "ann"}


def test_replays_of_a_playoff_are_seen_by_nobody_before_it_has_closed(serve: ServerMaker) -> None:
    """They show courses: whoever saw them could prepare the next agent for them."""
    final = {**OPEN, "name": "final", "agents": "containers", "closes": "2027-01-16T00:00:00Z"}
    server = serve(Settings.model_validate({"name": "Test", "stages": [final]}))
    run = _graded(server, "ann")
    ann, anybody = server.connect("ann"), Browser(server)
    watched = (f"/submissions/{run}/thumbnail.svg", f"/watch/{run}.0/replays.json")
    with pytest.raises(ChallengeError, match="when it has closed"):
        ann.get(f"/v2/runs/{run}/replay")
    assert [anybody.get(path)[0] for path in (*watched, f"/submissions/{run}/0.replay")] == [403] * 3
    assert "thumbnail" not in anybody.get("/?stage=final")[1] and "/watch/" not in anybody.get(f"/submissions/{run}")[1]
    server.clock.now = server_time("2027-01-16T00:00:00+00:00")
    assert [anybody.get(path)[0] for path in watched] == [200] * 2
    assert "thumbnail" in anybody.get("/?stage=final")[1]


def _graded(server: Running, name: str) -> int:
    """A container's run of two steps."""
    settings = Settings.model_validate({"name": "Test", "stages": [{**OPEN, "name": "final", "agents": "containers"}]})

    def hand_in(connection: Any) -> runs.Run:
        user = people.find_user(connection, name)
        assert user is not None
        submissions.hand_in(connection, settings, settings.stages[0], user, "an image", server.clock())
        claimed = submissions.claim(connection, settings, "w", server.clock(), 30.0)
        assert claimed is not None
        return runs.find_run(connection, claimed.run_id)

    with RecordedRun(server.ledger, settings, server.ledger.write(hand_in), clock=server.clock) as run:
        run.reset()
        run.step([0.5] * 18)
        run.step([0.5] * 18)
        run.submit()
    return server.ledger.read(lambda connection: runs.latest_runs(connection)[0]["id"])


def server_time(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def _new_token(browser: Browser) -> str:
    text = browser.post("/account/tokens", "/account", label="laptop")[1]
    found = re.search(r"myo_[\w-]{32}", text)
    assert found is not None
    assert found.group() not in browser.get("/account")[1], "a token is shown once"
    return found.group()


def test_pages_of_ones_own_need_a_sign_in(serve: ServerMaker) -> None:
    browser = Browser(serve())
    for page in ("/mine", "/account", "/organiser"):
        assert browser.get(page)[0] == 401
    browser.sign_up("carl")
    assert browser.get("/mine")[0] == 200 and browser.get("/organiser")[0] == 403


# ---------------------------------------------------------------- accounts


def test_sign_up_sign_out_sign_in(serve: ServerMaker) -> None:
    browser = Browser(serve())
    assert "carl" in browser.sign_up("carl")[1]
    browser.post("/sign-out", "/account")
    assert browser.get("/mine")[0] == 401
    assert browser.post("/sign-in", "/sign-in", name="CARL", password="wrong password")[0] == 401
    assert browser.post("/sign-in", "/sign-in", name="nobody", password=PASSWORD)[0] == 401
    assert browser.post("/sign-in", "/sign-in", name="Carl", password=PASSWORD)[0] == 200
    assert browser.get("/mine")[0] == 200


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [("ANN", PASSWORD, 409), ("ann\ufe0f", PASSWORD, 409), ("", PASSWORD, 400), ("x" * 41, PASSWORD, 400),
     ("a\nb", PASSWORD, 400), ("a\x00b", PASSWORD, 400), ("\u202eevil", PASSWORD, 400), ("ann\u2800", PASSWORD, 400),
     ("\u3164", PASSWORD, 400), ("\ufe0f", PASSWORD, 400), ("carl", "short", 400), ("carl", "x" * 999, 400)],
)  # fmt: skip
def test_sign_up_refuses_in_words(serve: ServerMaker, name: str, password: str, status: int) -> None:
    answer, text = Browser(serve()).sign_up(name, password)
    assert answer == status and 'role="alert"' in text


def test_sign_in_is_limited(serve: ServerMaker) -> None:
    browser = Browser(serve())
    statuses = [browser.post("/sign-in", "/sign-in", name="ann", password="guess")[0] for _ in range(12)]
    assert statuses[:10] == [401] * 10 and statuses[10:] == [429] * 2


def test_other_spellings_of_a_name_give_no_more_tries(serve: ServerMaker) -> None:
    browser = Browser(serve())
    spellings = [f"{' ' * n}{name}" for n in range(4) for name in ("ann", "ANN", "\uff41nn")]
    statuses = [browser.post("/sign-in", "/sign-in", name=name, password="guess")[0] for name in spellings]
    assert statuses == [401] * 10 + [429] * 2


def test_a_name_may_be_typed_in_either_of_unicodes_spellings(serve: ServerMaker) -> None:
    browser = Browser(serve())
    browser.sign_up("Zo\u00eb")
    browser.post("/sign-out", "/account")
    assert browser.post("/sign-in", "/sign-in", name="Zoe\u0308", password=PASSWORD)[0] == 200


def test_servers_of_one_ledger_limit_sign_in_together(serve: ServerMaker) -> None:
    browsers = [Browser(serve()) for _ in range(2)]
    statuses = [browsers[i % 2].post("/sign-in", "/sign-in", name="ann", password="guess")[0] for i in range(11)]
    assert statuses == [401] * 10 + [429]


def test_a_password_can_be_changed_and_ends_other_sessions(serve: ServerMaker) -> None:
    server = serve()
    here, elsewhere = Browser(server), Browser(server)
    here.sign_up("carl")
    elsewhere.post("/sign-in", "/sign-in", name="carl", password=PASSWORD)
    new = "another long password"
    assert here.post("/account/password", "/account", password="wrong", new_password=new)[0] == 401
    assert here.post("/account/password", "/account", password=PASSWORD, new_password="short")[0] == 400
    assert elsewhere.get("/mine")[0] == 200
    assert here.post("/account/password", "/account", password=PASSWORD, new_password=new)[0] == 200
    assert here.get("/mine")[0] == 200 and elsewhere.get("/mine")[0] == 401
    assert elsewhere.post("/sign-in", "/sign-in", name="carl", password=PASSWORD)[0] == 401
    assert elsewhere.post("/sign-in", "/sign-in", name="carl", password=new)[0] == 200


def test_who_signs_in_leaves_nothing_of_before(serve: ServerMaker) -> None:
    server = serve()
    browser, thief = Browser(server), Browser(server)
    browser.sign_up("carl")
    before = next(cookie.value for cookie in browser.jar if cookie.name == "session")
    key = re.search(r'name="form_key" value="(\w+)"', browser.get("/account")[1])
    assert key is not None
    browser.sign_up("dora")
    assert browser.post("/account/tokens", label="of before", form_key=key.group(1))[0] == 403
    thief.jar.set_cookie(next(cookie for cookie in browser.jar if cookie.name == "session"))
    assert thief.get("/mine")[0] == 200
    thief.jar.clear()
    request = urllib.request.Request(server.url + "/mine", headers={"Cookie": f"session={before}"})
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        urllib.request.urlopen(request)
    refused.value.close()


def test_a_run_that_was_given_back_is_shown_to_its_owner_only(serve: ServerMaker) -> None:
    server = serve()
    browser = Browser(server)
    browser.sign_up("carl")
    server.tokens["carl"] = _new_token(browser)
    carl = server.connect("carl")
    given_back, without_step = carl.create()["run"], carl.create()["run"]
    carl.reset(given_back, 0)
    carl.step(given_back, 0, 0, [0.1] * 18)
    server.ledger.write(lambda c: runs.refund(c, runs.find_run(c, given_back), server.clock()))
    carl.submit(without_step)
    for run in (given_back, without_step):
        assert browser.get(f"/submissions/{run}")[0] == 200
        assert Browser(server).get(f"/submissions/{run}")[0] == 404


def test_a_run_whose_program_is_gone_is_ended_by_its_team_and_nobody_else(serve: ServerMaker) -> None:
    server = serve(parallel=1)
    browser, other = Browser(server), Browser(server)
    browser.sign_up("carl")
    other.sign_up("dora")
    server.tokens["carl"] = _new_token(browser)
    carl = server.connect("carl")
    run = carl.create()["run"]
    with pytest.raises(ChallengeError, match=f"--resume {run}, or end it on the page 'My submissions'"):
        carl.create()
    assert other.post("/mine/end", "/account", run=str(run))[0] == 404
    assert [other.post("/mine/end", "/account", run=word)[0] for word in ("", "x", "9" * 12)] == [400] * 3
    assert "It is not charged" in browser.get("/mine")[1]
    status, page = browser.post("/mine/end", "/mine", run=str(run))
    assert status == 200 and "End it" not in page and "not charged" in page
    assert carl.create()["run"] != run


def test_a_form_of_another_site_does_nothing(serve: ServerMaker) -> None:
    server = serve()
    browser = Browser(server)
    browser.sign_up("carl")
    other = Browser(server)
    assert browser.post("/account/tokens", label="stolen")[0] == 403
    other_key = re.search(r'name="form_key" value="(\w+)"', other.get("/sign-in")[1])
    assert other_key is not None
    assert browser.post("/account/tokens", label="stolen", form_key=other_key.group(1))[0] == 403
    assert "stolen" not in browser.get("/account")[1]


def test_cookies_are_for_no_script_and_no_other_site(serve: ServerMaker) -> None:
    browser = Browser(serve())
    browser.sign_up("carl")
    assert {cookie.name for cookie in browser.jar} == {"visitor", "session"}
    assert all(c.has_nonstandard_attr("HttpOnly") and c.get_nonstandard_attr("SameSite") == "lax" for c in browser.jar)


def test_invitation_only_means_so(serve: ServerMaker) -> None:
    open_settings = settings_with().model_dump()
    server = serve(Settings.model_validate({**open_settings, "sign_up": "invitation"}))
    assert Browser(server).sign_up("carl", invitation="guess")[0] == 403
    from myorun.challenge import people

    secret = server.ledger.write(lambda connection: people.invite(connection, server.clock()))
    assert Browser(server).sign_up("carl", invitation=secret)[0] == 200
    assert Browser(server).sign_up("dora", invitation=secret)[0] == 403
    late = server.ledger.write(lambda connection: people.invite(connection, server.clock() - 8 * 86400))
    assert Browser(server).sign_up("emil", invitation=late)[0] == 403


def test_a_revoked_token_is_nobodys(serve: ServerMaker) -> None:
    server = serve()
    browser = Browser(server)
    browser.sign_up("carl")
    token = _new_token(browser)
    number = re.search(r'name="token" value="(\d+)"', browser.get("/account")[1])
    assert number is not None
    browser.post("/account/tokens/revoke", "/account", token=number.group(1))
    with pytest.raises(Exception, match="unknown or revoked"):
        server.connect(token=token).create()


def test_a_team_shares_its_quota(serve: ServerMaker) -> None:
    server = serve(quota=1)
    carl, dora = Browser(server), Browser(server)
    carl.sign_up("carl")
    dora.sign_up("dora")
    carl.post("/account/team/create", "/account", name="Fast ones")
    text = carl.post("/account/team/invite", "/account")[1]
    secret = re.search(r'class="copy">([\w-]{32})<', text)
    assert secret is not None
    dora.post("/account/team/join", "/account", invitation=secret.group(1))
    assert "<bdi>carl</bdi>, <bdi>dora</bdi>" in carl.get("/account")[1]
    server.tokens |= {"carl": _new_token(carl), "dora": _new_token(dora)}
    play(server, "carl")
    with pytest.raises(Exception, match="used 1 of 1 submissions"):
        server.connect("dora").create()
    dora.post("/account/team/leave", "/account")
    server.connect(token=_new_token(dora)).create()


# ---------------------------------------------------------------- parts


@pytest.mark.parametrize(
    "query", [{"page": "-1"}, {"page": "9" * 5000}, {"page": "²"}, {"sort": "x"}, {"q": "x" * 9999}]
)
def test_no_address_breaks_the_leaderboard(serve: ServerMaker, query: dict[str, Any]) -> None:
    assert Browser(serve()).get("/?" + urllib.parse.urlencode(query))[0] == 200


def test_what_was_tampered_with_is_not_shown_and_said_so(serve: ServerMaker, caplog: pytest.LogCaptureFixture) -> None:
    server = serve()
    run = play(server)
    server.ledger.write(lambda c: c.exec_driver_sql("UPDATE events SET payload = zeroblob(144) WHERE seq = 3"))
    with pytest.raises(urllib.error.HTTPError, match="500") as refused:
        urllib.request.urlopen(f"{server.url}/submissions/{run}/0.replay")
    with refused.value as answer:
        assert "not those that were written" in json.loads(answer.read())["message"]
    assert "event 3 is not what was written" in caplog.text and "Traceback" not in caplog.text


def test_the_progress_names_the_teams_in_colour(serve: ServerMaker) -> None:
    server = serve()
    for name, steps in (("ann", 30), ("bob", 5)):
        play(server, name, steps)
    page = Browser(server).get("/progress")[1]
    assert re.findall(r'<li class="(c\d)"><bdi>(\w+)</bdi>', page) == [("c0", "ann"), ("c1", "bob")]
    assert re.findall(r'<g class="team (c\d)"><title>(\w+):', page) == [("c1", "bob"), ("c0", "ann")]


def test_plots_have_round_ticks_and_are_well_formed() -> None:
    assert plots._ticks(0.0, 1.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert plots._ticks(-3.0, 27.0) == [0.0, 10.0, 20.0]
    for text in (plots.histogram([1.0, 2.0, 2.5]), plots.sparkline([1.0]), plots.sparkline([1.0, -2.0])):
        ElementTree.fromstring(text)


def test_a_page_number_beyond_the_end_is_the_last_page() -> None:
    assert tables.page_of([], tables.Wish(page=7)).number == 1
