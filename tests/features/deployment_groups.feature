Feature: Jobs on deployment groups
  A deployment group is a number of targets, machines mostly, with tags. A job runs on each that has all of its tags, in batches.

  @J3
  Scenario: On each target that has all tags, compared without case, one after another
    Given deployment group web has these targets:
      | target | tags    |
      | m1     | Web, eu |
      | m2     | web     |
      | m3     | EU, WEB |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task   |
      | Install | copy   |
      | Install | launch |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web", "tags": ["web", "Eu"]}}
    When release R1 is created
    Then the slices of Install of Prod of R1 are:
      | m1 | running   | running |
      | m3 | not begun |         |
    When task copy in slice "m1" of Prod of R1 succeeds
    And task launch in slice "m1" of Prod of R1 succeeds
    Then the slices of Install of Prod of R1 are:
      | m1 | succeeded | succeeded, then succeeded |
      | m3 | running   | running                   |
    Given every deployment succeeds
    Then Prod of R1 is succeeded
    And at most 1 slice of Install of Prod of R1 ran at once

  @J3
  Scenario: In batches of so many, each of which ends before the next one begins
    Given deployment group web has these targets:
      | target |
      | m1     |
      | m2     |
      | m3     |
      | m4     |
      | m5     |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task |
      | Install | copy |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web", "at_once": {"count": 2}}}
    When release R1 is created
    And task copy in slice "m2" of Prod of R1 succeeds
    Then the slices of Install of Prod of R1 are:
      | m1 | running   |
      | m2 | succeeded |
      | m3 | not begun |
      | m4 | not begun |
      | m5 | not begun |
    When task copy in slice "m1" of Prod of R1 succeeds with issues
    Then the slices of Install of Prod of R1 are:
      | m1 | partially succeeded |
      | m2 | succeeded           |
      | m3 | running             |
      | m4 | running             |
      | m5 | not begun           |
    Given every deployment succeeds
    Then Prod of R1 is partially succeeded
    And at most 2 slices of Install of Prod of R1 ran at once

  @J3
  Scenario Outline: In batches of a part of those that are online, at least one
    Given deployment group web has these targets:
      | target | presence |
      | m1     | online   |
      | m2     | online   |
      | m3     | online   |
      | m4     | online   |
      | m5     | online   |
      | m6     | offline  |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task |
      | Install | copy |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web", "at_once": {"percent": <percent>}}}
    And every deployment succeeds
    When release R1 is created
    Then Prod of R1 is succeeded
    And at most <targets> slices of Install of Prod of R1 ran at once

    Examples:
      | percent | targets |
      | 1       | 1       |
      | 39      | 1       |
      | 40      | 2       |
      | 59      | 2       |
      | 100     | 5       |

  @J3
  Scenario: A target that is offline is left out, and that is recorded
    Given deployment group web has these targets:
      | target | presence |
      | m1     | offline  |
      | m2     | online   |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task |
      | Install | copy |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web"}}
    When release R1 is created
    Then the slices of Install of Prod of R1 are:
      | m2 | running          |
      | m1 | skipped, offline |
    And slice.skipped was recorded last with {"job":"1/1#1.0","slices":[1],"because":"target-offline"}
    When task copy in slice "m2" of Prod of R1 succeeds
    Then Prod of R1 is succeeded

  @J3 @J6
  Scenario Outline: Where there is no target at all, the job fails, and it is recorded why
    Given deployment group web has these targets:
      | target | tags   | presence |
      | m1     | eu, db | offline  |
      | m2     | us     | offline  |
      | m3     | eu     | offline  |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task | condition |
      | Install | copy |           |
      | Tell    | mail |           |
    And the definition says stages[0].jobs[1].condition = "failed"
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "<group>", "tags": <tags>}}
    When release R1 is created
    Then the jobs of Prod of R1 are:
      | Install | failed, <why> |
      | Tell    | running       |
    And job.could-not-begin was recorded last with {"job":"1/1#1.0","why":"<why>"}
    When task mail of Prod of R1 succeeds
    Then Prod of R1 is rejected, jobs failed

    Examples:
      | group | tags         | why                                                          |
      | db    | []           | deployment group db has no target                            |
      | web   | ["eu", "us"] | deployment group web has no target with the tags eu, us      |
      | web   | ["us"]       | the only target of deployment group web with the tags us is offline |
      | web   | ["eu"]       | all 2 targets of deployment group web with the tags eu are offline  |

  @J3 @J6
  Scenario: If a batch fails, the batches after it are skipped
    Given deployment group web has these targets:
      | target |
      | m1     |
      | m2     |
      | m3     |
      | m4     |
      | m5     |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task |
      | Install | copy |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web", "at_once": {"count": 2}}}
    When release R1 is created
    And task copy in slice "m1" of Prod of R1 succeeds
    And task copy in slice "m2" of Prod of R1 succeeds
    And task copy in slice "m3" of Prod of R1 fails
    Then the slices of Install of Prod of R1 are:
      | m1 | succeeded               |
      | m2 | succeeded               |
      | m3 | failed                  |
      | m4 | running                 |
      | m5 | skipped, a batch failed |
    When task copy in slice "m4" of Prod of R1 succeeds
    Then Prod of R1 is rejected, jobs failed

  @J3 @V1
  Scenario: A task says which target it is for
    Given deployment group web has these targets:
      | target |
      | m1     |
      | m2     |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task | input script                                              |
      | Install | copy | copy to $(Agent.MachineName) of $(Agent.DeploymentGroupId) |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web", "at_once": {"percent": 100}}}
    When release R1 is created
    Then task copy in slice "m1" of Prod of R1 is told script = "copy to m1 of web"
    And task copy in slice "m2" of Prod of R1 is told script = "copy to m2 of web"
    And task copy in slice "m2" of Prod of R1 is for target m2 of deployment group web

  @J3 @E1
  Scenario: What runs on a group is told by its targets
    Given deployment group web has these targets:
      | target |
      | m1     |
      | m2     |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task |
      | Install | copy |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web", "at_once": {"percent": 100}}}
    When release R1 is created
    Then Prod of R1 waits for:
      | what                    |
      | runs "copy" of slice m1 |
      | runs "copy" of slice m2 |

  @J3
  Scenario: Who is there counts when the job begins, and holds from then on
    Given deployment group web has these targets:
      | target |
      | m1     |
    And a pipeline "Shop" with stages:
      | stage | before |
      | Prod  | ann    |
    And Prod has these tasks:
      | job     | task |
      | Install | copy |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web"}}
    When release R1 is created
    And eve registers target m2 in deployment group web
    And ann approves Prod of R1
    Then the slices of Install of Prod of R1 are:
      | m1 | running   |
      | m2 | not begun |
    When eve registers target m3 in deployment group web
    And eve removes target m1 of deployment group web
    And eve says that target m2 of deployment group web is offline
    And task copy in slice "m1" of Prod of R1 succeeds
    Then the slices of Install of Prod of R1 are:
      | m1 | succeeded |
      | m2 | running   |
    When task copy in slice "m2" of Prod of R1 succeeds
    Then Prod of R1 is succeeded

  @J3 @D4
  Scenario: After a cancel no further batch begins
    Given deployment group web has these targets:
      | target |
      | m1     |
      | m2     |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task |
      | Install | copy |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web"}}
    When release R1 is created
    And bob cancels Prod of R1
    And task copy in slice "m1" of Prod of R1 stops
    Then the slices of Install of Prod of R1 are:
      | m1 | canceled          |
      | m2 | skipped, canceled |
    And Prod of R1 is canceled

  @J3 @D5
  Scenario: Of the failed jobs, each is repeated on all targets
    Given deployment group web has these targets:
      | target |
      | m1     |
      | m2     |
    And a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And Prod has these tasks:
      | job     | task |
      | Fetch   | pull |
      | Install | copy |
    And the definition says stages[0].jobs[1].kind = {"deployment-group": {"group": "web"}}
    When release R1 is created
    And task pull of Prod of R1 succeeds
    And task copy in slice "m1" of Prod of R1 succeeds
    And task copy in slice "m2" of Prod of R1 fails
    And bob deploys the failed jobs of Prod of R1
    Then the jobs of Prod of R1 are:
      | Fetch   | skipped, succeeded in attempt 1 |
      | Install | running                         |
    And the slices of Install of Prod of R1 are:
      | m1 | running   |
      | m2 | not begun |

  @J3 @P5
  Scenario: Its targets are what a job on a deployment group is cut by
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].jobs[0].kind = {"deployment-group": {"group": "web"}}
    And the definition says stages[0].jobs[0].parallelism = {"multi-agent": {"agents": 2, "continue_on_error": false}}
    When eve saves the pipeline
    Then it is refused: "...stages[0].jobs[0].parallelism: must be none for a job that runs on a deployment group"

  @J3
  Scenario: Targets are registered, tagged, online or offline, and removed
    When eve registers target m1 in deployment group web, tagged web, eu
    And eve registers target m2 in deployment group web, offline
    Then the targets of deployment group web are:
      | m1 | eu, web | online  | 1     |
      | m2 |         | offline | never |
    When eve registers target m1 in deployment group web, tagged web, eu
    And eve registers target m1 in deployment group web
    Then it is refused: "target m1 is registered already, with another name or other tags: retag it, or remove it first"
    When eve registers target M1 in deployment group web
    Then it is refused: "target m1 is called m1 already"
    When eve tags target m1 of deployment group web web, us
    And eve says that target m2 of deployment group web is online
    And eve says that target m1 of deployment group web is offline
    And eve says that target m1 of deployment group web is online
    Then the targets of deployment group web are:
      | m1 | us, web | online | 1 |
      | m2 |         | online | 2 |
    When eve says that target m3 of deployment group web is online
    Then it is refused: "there is no target m3 in the group"
    When eve removes target m1 of deployment group web
    And eve removes target m2 of deployment group web
    Then deployment group web has no targets
    And deployment group db has no targets

  @U1 @J3
  Scenario: Who edits pipelines says which targets there are, and who runs tasks whether they are there
    Given a pipeline "Shop" with stages:
      | stage |
      | Prod  |
    When ann allows ann to administer permissions in the store
    And ann allows bob to edit pipeline in the store
    And ann allows cy to report task results in the store
    And cy registers target m1 in deployment group web
    Then it is refused: "...edit pipeline..."
    When bob registers target m1 in deployment group web
    And bob says that target m1 of deployment group web is offline
    Then it is refused: "...report task results..."
    When cy says that target m1 of deployment group web is offline
    Then the targets of deployment group web are:
      | m1 |  | offline | 1 |
