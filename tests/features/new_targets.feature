Feature: Redeploying to new targets
  When targets join a deployment group, a stage that says so deploys its current release to them, and to no others.

  Background:
    Given deployment group web has these targets:
      | target | tags |
      | m1     | web  |
    And a pipeline "Shop" with stages:
      | stage | starts        |
      | Prod  | after release |
      | Tell  | after Prod    |
    And Prod has these tasks:
      | job     | task |
      | Install | copy |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web", "tags": ["web"], "at_once": {"percent": 100}}}
    And the definition says stages[0].redeploy = "new-targets"

  @D6 @J3 @S7
  Scenario: The current release is deployed to whoever joined, and to no others
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    Then Tell of R1 is in progress
    When Tell of R1 succeeds
    And eve registers target m2 in deployment group web, tagged web
    Then Prod of R1 has these attempts:
      | attempt | state       | reason          | by         |
      | 1       | succeeded   | automated       | the system |
      | 2       | in progress | redeploytrigger | the system |
    And attempt 1 at Prod of R1 is for all
    And attempt 2 at Prod of R1 is for m2
    And the slices of Install of Prod of R1 are:
      | m2 | running |
    And queue.targets-observed was recorded last with {"group":"web","joined":2,"current":"1/1#1","targets":["m2"]}
    When task copy in slice "m2" of Prod of R1 succeeds
    Then Prod of R1 is succeeded
    And Tell of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |
    And the current release of Prod is R1
    And queue.targets-observed was recorded 1 time

  @D6 @S2
  Scenario: Meanwhile the stage stands for others as it did
    Given a pipeline "Web" with stages:
      | stage | starts         |
      | Prod  | after release  |
      | QA    | after release  |
      | Live  | after Prod, QA |
    And Prod has these tasks:
      | job     | task |
      | Install | copy |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web"}}
    And the definition says stages[0].redeploy = "new-targets"
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web
    Then Prod of R1 is in progress
    And Live of R1 waits for:
      | what                       | cleared by |
      | waits for QA (in progress) | QA |
    When QA of R1 succeeds
    Then Live of R1 is in progress

  @D6
  Scenario: Not where nobody asked for it
    Given the definition says stages[0].redeploy = null
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web, tagged web
    Then queue.targets-observed was recorded 0 times
    And Prod of R1 is succeeded

  @D6
  Scenario: Not where nothing has succeeded, and what has not begun is for all that are there
    Given the definition says stages[0].before.approvals.steps = [{"approver": {"user": "ann"}}]
    When release R1 is created
    And eve registers target m2 in deployment group web, tagged web
    Then queue.targets-observed was recorded 0 times
    When ann approves Prod of R1
    Then the slices of Install of Prod of R1 are:
      | m1 | running |
      | m2 | running |
    When task copy in slice "m1" of Prod of R1 succeeds
    And task copy in slice "m2" of Prod of R1 succeeds
    Then queue.targets-observed was recorded 0 times

  @D6
  Scenario: Who is registered offline joins when it is online first, and who comes back is not new
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web, tagged web, offline
    Then queue.targets-observed was recorded 0 times
    When eve says that target m2 of deployment group web is online
    Then attempt 2 at Prod of R1 is for m2
    When task copy in slice "m2" of Prod of R1 succeeds
    And eve says that target m2 of deployment group web is offline
    And eve says that target m2 of deployment group web is online
    And eve tags target m1 of deployment group web web, eu
    Then queue.targets-observed was recorded 1 time
    When eve removes target m1 of deployment group web
    And eve registers target m1 in deployment group web, tagged web
    Then attempt 3 at Prod of R1 is for m1

  @D6
  Scenario: Who has not the tags, or is gone offline again, is passed over, and that is recorded
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web, tagged db
    Then queue.targets-observed was recorded last with {"group":"web","joined":2,"current":"1/1#1","targets":["m2"]}
    And stage.trigger-ignored was recorded last with {"stage":1,"because":"no-new-target"}
    And Prod of R1 is succeeded
    When eve tags target m2 of deployment group web web
    Then queue.targets-observed was recorded 1 time

  @D6
  Scenario: Whoever joins while another release is deployed has it, if that succeeds
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And release R2 is created
    And eve registers target m2 in deployment group web, tagged web
    Then queue.targets-observed was recorded 0 times
    When task copy in slice "m1" of Prod of R2 succeeds
    Then attempt 2 at Prod of R2 is for m2
    And Prod of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |

  @D6
  Scenario: And the one that is current, if it fails
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And release R2 is created
    And eve registers target m2 in deployment group web, tagged web
    And task copy in slice "m1" of Prod of R2 fails
    Then Prod of R2 is rejected
    And attempt 2 at Prod of R1 is for m2

  @D6
  Scenario: Whoever joins while such a redeploy goes on has the next one
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web, tagged web
    And eve registers target m3 in deployment group web, tagged web
    Then attempt 2 at Prod of R1 is for m2
    And the slices of Install of Prod of R1 are:
      | m2 | running |
    When task copy in slice "m2" of Prod of R1 fails
    Then attempt 3 at Prod of R1 is for m3
    When task copy in slice "m3" of Prod of R1 succeeds
    Then queue.targets-observed was recorded 2 times
    And the current release of Prod is R1

  @D6
  Scenario: Nothing is lost and nothing is done twice where the engine was down
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And the engine goes down
    And eve registers target m2 in deployment group web, tagged web
    And eve registers target m3 in deployment group web, tagged web
    And eve registers target m4 in deployment group web, tagged web
    And eve removes target m3 of deployment group web
    Then queue.targets-observed was recorded 0 times
    When the engine restarts
    Then attempt 2 at Prod of R1 is for m2, m4
    When the engine goes down
    And the engine restarts
    Then queue.targets-observed was recorded 1 time

  @D6 @R5
  Scenario: Not where the current release is abandoned, and that is recorded
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And Tell of R1 succeeds
    And bob abandons R1
    And eve registers target m2 in deployment group web, tagged web
    Then stage.trigger-ignored was recorded last with {"stage":1,"because":"release-abandoned"}
    And Prod of R1 is succeeded
    When bob reactivates R1
    Then queue.targets-observed was recorded 1 time

  @D6 @Q4 @Q9
  Scenario: It supersedes nothing, and a newer one supersedes it
    Given the queue of Prod is "at most 1, latest"
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And ann pauses the queue of Prod
    And eve registers target m2 in deployment group web, tagged web
    Then Prod of R1 is queued
    When release R2 is created
    Then Prod of R1 is canceled, superseded by R2
    And Prod of R2 is queued

  @D6 @D8
  Scenario: Jobs that run on none of the new targets are skipped, and the others run
    Given Prod has these tasks:
      | job     | task |
      | Fetch   | pull |
      | Install | copy |
      | Migrate | move |
    And the definition says stages[0].jobs[1].kind = {"deployment-group": {"group": "web"}}
    And the definition says stages[0].jobs[2].kind = {"deployment-group": {"group": "db"}}
    And deployment group db has these targets:
      | target |
      | d1     |
    When release R1 is created
    And task pull of Prod of R1 succeeds
    And task copy in slice "m1" of Prod of R1 succeeds
    And task move in slice "d1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web
    And task pull of Prod of R1 succeeds
    And task copy in slice "m2" of Prod of R1 succeeds
    Then the jobs of Prod of R1 are:
      | Fetch   | succeeded              |
      | Install | succeeded              |
      | Migrate | skipped, no new target |
    And Prod of R1 is succeeded
    When eve registers target d2 in deployment group db
    Then attempt 3 at Prod of R1 is for d2

  @D6 @D5
  Scenario: What failed on new targets is repeated there
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web, tagged web
    And task copy in slice "m2" of Prod of R1 fails
    And bob deploys the failed jobs of Prod of R1
    Then attempt 3 at Prod of R1 is for m2
    And the slices of Install of Prod of R1 are:
      | m2 | running |
    When task copy in slice "m2" of Prod of R1 succeeds
    And bob deploys Prod of R1
    Then attempt 4 at Prod of R1 is for all
    And the slices of Install of Prod of R1 are:
      | m1 | running |
      | m2 | running |

  # Story: while the new target was deployed to, Prod counted as going on, and nothing followed from the redeploy.
  @D6 @S6
  Scenario: Deploying up to a stage goes by how the stage stands as a whole
    When release R1 is created with:
      | target | Prod |
    And task copy in slice "m1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web, tagged web
    Then attempt 2 at Prod of R1 is for m2
    And Tell of R1 is not started
    When bob deploys R1 up to Tell
    Then Tell of R1 is in progress

  # Story: all machines were deployed to once more, although only the new one had failed.
  @D6 @S6
  Scenario: What failed on new targets only is not deployed again on the way to a later stage
    When release R1 is created with:
      | target | Prod |
    And task copy in slice "m1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web, tagged web
    And task copy in slice "m2" of Prod of R1 fails
    Then Prod of R1 is rejected
    When bob deploys R1 up to Tell
    Then Tell of R1 is in progress
    And Prod of R1 has these attempts:
      | attempt | state     |
      | 1       | succeeded |
      | 2       | rejected  |

  @D6 @S6
  Scenario: What succeeded on new targets only does not stand for the whole
    When release R1 is created with:
      | target | Prod |
    And task copy in slice "m1" of Prod of R1 succeeds
    And bob deploys Prod of R1
    And task copy in slice "m1" of Prod of R1 fails
    And eve registers target m2 in deployment group web, tagged web
    Then attempt 3 at Prod of R1 is for m2
    When bob deploys R1 up to Tell
    Then it is refused: "...1/1#3..."
    When task copy in slice "m2" of Prod of R1 succeeds
    And bob deploys R1 up to Tell
    Then attempt 4 at Prod of R1 is for all
    And Tell of R1 is not started

  @D6 @AP7
  Scenario: Who approved the stage as a whole has approved it before, whoever approved it for new targets
    Given the definition says stages[0].before.approvals.steps = [{"approver": {"user": "ann"}}]
    And the definition says stages[1].before.approvals.steps = [{"approver": {"user": "ann"}}]
    And the definition says stages[1].before.approvals.skip_if_approved_before = true
    When release R1 is created with:
      | target | Prod |
    And ann approves Prod of R1
    And task copy in slice "m1" of Prod of R1 succeeds
    And eve registers target m2 in deployment group web, tagged web
    And ann rejects Prod of R1
    Then Prod of R1 is rejected
    When bob deploys R1 up to Tell
    Then Tell of R1 is in progress
