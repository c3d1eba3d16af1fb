"""The work itself: making a job, or looking one up."""

from __future__ import annotations

import time

from attrs import evolve

from conformance.reference.calls import Call, Refusal
from conformance.reference.jobs import Job
from conformance.reference.shapes import documented_status
from conformance.reference.world import path_names

__all__ = ["identify", "work"]


async def identify(call: Call) -> Call:
    """Choose the id of the job that is about to be made."""
    return evolve(call, job_id=call.world.new_id()) if call.world.creates_job(call.routed) else call


async def work(call: Call) -> Call:
    """Make a job or look it up; a path that names an unknown job is not found."""
    world, operation = call.world, call.routed
    named = [call.path_values[name] for name in path_names(operation)]
    found = [world.job(name) for name in named]
    if any(job is None for job in found):
        raise Refusal(documented_status(operation, 404), "there is no job with this id")
    if world.creates_job(operation):
        return evolve(call, job=world.keep(_created(call, parent=next(iter(named), None))))
    if world.looks_up(operation) and found[0] is not None:
        return evolve(call, job=world.keep(found[0].polled()))
    job = next(iter(found), None)
    if job is not None and job.stage != "succeeded" and world.gives_result(operation):
        raise Refusal(documented_status(operation, 409, 404, 400), "the job has no result yet")
    return evolve(call, job=job)


def _created(call: Call, parent: str | None) -> Job:
    world = call.world
    world.creates += 1
    echoes = world.shape(call.routed).echoes(call.values)
    if parent is not None and (original := world.job(parent)) is not None:
        echoes = {**original.echoes, **echoes}
    job = Job(call.job_id, time.time(), echoes, parent, end=call.script.stage or "succeeded")
    # A scripted end that nobody could ever look up is shown at once.
    return job.ended() if call.script.stage and not world.can_look_up else job
