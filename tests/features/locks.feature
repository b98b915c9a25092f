Feature: Lock groups
  A stage may name lock groups, which stages of any pipelines share. No more deployments run at a time than each of them has room for.
  They are asked for right before the jobs, and freed when the jobs end.

  @Q8
  Scenario: Stages of two pipelines share a group
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the definition says stages[0].lock_groups = ["database"]
    When release R1 is created
    Then QA of R1 is in progress
    Given a pipeline "Web" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].lock_groups = ["database"]
    When release R2 is created
    Then lock group database is held by R1
    And Prod of R2 waits for:
      | what                                                        | cleared by | nature    | since            |
      | waits for lock group database (1 at once), held by release 1 | R1         | clearable | 2024-01-01 00:00 |
    And Prod of R2 has ahead: its jobs
    When QA of R1 succeeds
    Then Prod of R2 is in progress
    And lock group database is held by R2
    When Prod of R2 fails
    Then lock group database is held by nobody

  @Q8 @E1
  Scenario: All groups are granted together or none is, in the order of arrival
    Given lock group database has room for 1
    And lock group cluster has room for 1
    And a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the definition says stages[0].lock_groups = ["database"]
    When release R1 is created
    Given a pipeline "Web" with stages:
      | stage |
      | Prod  |
    And the definition says stages[0].lock_groups = ["database", "cluster"]
    When release R2 is created
    Given a pipeline "Mail" with stages:
      | stage |
      | Live  |
    And the definition says stages[0].lock_groups = ["cluster"]
    When release R3 is created
    Then lock group cluster is held by nobody
    And Live of R3 waits for:
      | what                                        | cleared by |
      | waits for its lock groups; behind release 2 | R2         |
    When QA of R1 succeeds
    Then lock group database is held by R2
    And lock group cluster is held by R2
    When Prod of R2 succeeds
    Then lock group cluster is held by R3
    And deployments began in this order: QA of R1, Prod of R2, Live of R3

  @Q8 @D1
  Scenario: No group is held while an approval is awaited, before the jobs or after them
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage | before | after |
      | QA    | ann    | pat   |
    And the definition says stages[0].lock_groups = ["database"]
    When releases R1, R2 are created
    Then approvals are pending from ann for R1, R2
    And lock group database is held by nobody
    And QA of R1 has ahead: the lock groups of its stage, its jobs, approvals after its jobs
    When ann approves QA of R2
    Then lock group database is held by R2
    When ann approves QA of R1
    Then lock group database is held by R2
    When QA of R2 succeeds
    Then approvals are pending from pat for R2
    And lock group database is held by R1

  @Q8 @P5
  Scenario: A group that nobody has defined is a problem of the definition
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    And the definition says stages[1].lock_groups = ["database", "cluster"]
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: stages[1].lock_groups[1]: there is no lock group \"cluster\""
    When ann gives lock group cluster room for 2
    And eve saves the pipeline
    Then the pipeline is at revision 1
    Given the definition says stages[0].lock_groups = ["disk"]
    When eve saves the pipeline
    Then it is refused: "the definition is not valid: stages[0].lock_groups[0]: there is no lock group \"disk\""

  @Q8 @D4
  Scenario: Who is cancelled while it waits keeps nobody away
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].lock_groups = ["database"]
    When releases R1, R2, R3 are created
    Then lock group database is held by R1
    When bob cancels QA of R2
    Then QA of R2 is canceled, by bob
    When QA of R1 succeeds
    Then lock group database is held by R3
    When bob cancels QA of R3
    And task deploy of QA of R3 stops
    Then lock group database is held by nobody
    And deployment.locks-granted was recorded 2 times

  @Q8
  Scenario: A larger capacity lets in who waits, a smaller one takes nothing away
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].lock_groups = ["database"]
    When releases R1, R2, R3 are created
    And ann gives lock group database room for 2
    Then lock group database is held by R1, R2
    When ann gives lock group database room for 1
    Then lock group database is held by R1, R2
    When QA of R1 succeeds
    Then lock group database is held by R2
    When QA of R2 succeeds
    Then lock group database is held by R3

  @Q8
  Scenario: A group in use is not removed
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage |
      | QA    |
    And the definition says stages[0].lock_groups = ["database"]
    When release R1 is created
    And ann removes lock group database
    Then it is refused: "lock group database is in use: deployment 1/1#1 holds it or waits for it"
    When QA of R1 succeeds
    And ann removes lock group database
    And release R2 is created
    Then QA of R2 waits for:
      | what                                                             | cleared by |
      | waits for lock group database, which is not defined any more | somebody   |
    When ann gives lock group database room for 1
    Then QA of R2 is in progress

  @Q8 @P6
  Scenario: What waits for a group is cancelled when its pipeline is deleted
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].lock_groups = ["database"]
    When releases R1, R2 are created
    And eve deletes the pipeline by force, saying "moved"
    And task deploy of QA of R1 stops
    Then lock group database is held by nobody
    And deployment.locks-granted was recorded 1 times
    And the pipeline is deleted

  @Q8 @Q5
  Scenario: No commit grants to more releases than the fan-out limit
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
    And the definition says stages[0].lock_groups = ["database"]
    When releases R1 to R100 are created
    And ann gives lock group database room for 100
    Then deployment.locks-granted was recorded 100 times
    And no commit holds more than 64 deployment.locks-granted

  @Q8 @R7
  Scenario: Who asks anew for its approvals waits for its groups no longer
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage | queue     | before |
      | QA    | unlimited | ann    |
    And the definition says stages[0].lock_groups = ["database"]
    When releases R1, R2, R3 are created
    And ann approves QA of R1
    And ann approves QA of R2
    And ann approves QA of R3
    Then lock group database is held by R1
    Given QA has one more task smoke-test
    When eve revises tasks of QA of R2, saying "look closer"
    Then approvals are pending from ann for R2
    When QA of R1 succeeds
    Then lock group database is held by R3
    When ann approves QA of R2
    And QA of R3 succeeds
    Then lock group database is held by R2

  @Q8 @F1
  Scenario: A freeze that begins while groups are waited for holds as any other, and is passed over
    Given lock group database has room for 1
    And a pipeline "Shop" with stages:
      | stage | queue     |
      | QA    | unlimited |
      | Prod  | unlimited |
    And the definition says stages[0].lock_groups = ["database"]
    And the definition says stages[1].lock_groups = ["database"]
    And Prod starts manual
    When releases R1, R2 are created
    And eve deploys Prod of R1
    And ann stops the line of QA as "audit", saying "the auditors are here"
    And QA of R1 succeeds
    Then lock group database is held by R1
    And Prod of R1 is in progress
    When ann overrides the freezes of QA of R2, saying "the prices are wrong"
    Then QA of R2 waits for:
      | what                                                         | cleared by |
      | waits for lock group database (1 at once), held by release 1 | R1         |
    When Prod of R1 succeeds
    Then QA of R2 is in progress
    And lock group database is held by R2
