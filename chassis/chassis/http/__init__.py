"""HTTP of a service: what its routes import."""

from contracts.roles import Permission
from fastapi import Path, Query

from chassis.http.answer import Answer, Page
from chassis.http.body import Body
from chassis.http.paging import PageArgs, PageQuery
from chassis.http.problems import Problem
from chassis.http.router import PUBLIC, Router
from chassis.http.run import Caller, Facts, Form, Prefer, Read, Run
from chassis.http.upload import Upload

__all__ = [
    "PUBLIC",
    "Answer",
    "Body",
    "Caller",
    "Facts",
    "Form",
    "Page",
    "PageArgs",
    "PageQuery",
    "Path",
    "Permission",
    "Prefer",
    "Problem",
    "Query",
    "Read",
    "Router",
    "Run",
    "Upload",
]
