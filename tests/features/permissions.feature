Feature: Permissions
  Who may do what in which part of the store. Without any grant everything is allowed.

  @U2
  Scenario: Without any grant everything is allowed
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When ann saves the pipeline
    And release R1 is created by bob
    And cy deploys Dev of R1 at 2024-05-03 18:00
    And dan cancels Dev of R1
    And cy deploys Dev of R1
    And eve stops the line of the store as "stop", saying "the database is down"
    And fay lifts "stop"
    Then Dev of R1 is in progress

  @U2
  Scenario: With a grant, what is not allowed is denied
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve allows eve to administer permissions in the store
    And release R1 is created by bob
    Then it is refused: "user:bob needs the permission to create releases in pipeline 1 (U3)"
    And R1 does not exist
    When release R1 is created by eve
    Then it is refused: "user:eve needs the permission to create releases in pipeline 1 (U3)"
    When eve allows bob to create releases in the pipeline
    And release R1 is created by bob
    Then Dev of R1 is in progress

  @U2
  Scenario Outline: The first grant makes its actor the administrator
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When <first>
    Then it is refused: "<told>"
    And permission.granted was recorded 0 times
    When eve allows eve to administer permissions in the store
    Then permission.granted was recorded 1 time

    Examples:
      | first                                                       | told                                                                                     |
      | eve allows bob to administer permissions in the store       | the first grant must allow user:eve to administer permissions in the store (U2)          |
      | eve allows eve to administer permissions in the pipeline    | the first grant must allow user:eve to administer permissions in the store (U2)          |
      | eve allows eve to view in the store                         | the first grant must allow user:eve to administer permissions in the store (U2)          |
      | eve allows group ops to administer permissions in the store | the first grant must allow user:eve to administer permissions in the store (U2)          |
      | eve denies eve to administer permissions in the store       | the first grant must allow user:eve to administer permissions in the store (U2)          |

  @U2
  Scenario: The last grant that makes a person the administrator stays
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve allows eve to administer permissions in the store
    And eve allows group ops to administer permissions in the store
    And eve no longer allows eve to administer permissions in the store
    Then it is refused: "eve may administer permissions in the store: nobody else may, so that this can't be revoked (U2)"
    When eve denies eve to administer permissions in the store
    Then it is refused: "to administer permissions in the store can't be denied: revoke what allows it (U2)"
    When eve allows bob to administer permissions in the store
    And bob no longer allows eve to administer permissions in the store
    And eve allows eve to view in the store
    Then it is refused: "user:eve needs the permission to administer permissions in the store (U3)"
    When bob no longer allows bob to administer permissions in the store
    Then it is refused: "bob may administer permissions in the store: nobody else may, so that this can't be revoked (U2)"

  @U1
  Scenario: What is granted already is so, and what is not can't be revoked
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve allows eve to administer permissions in the store
    And eve allows eve to administer permissions in the store
    Then nothing is recorded
    When eve no longer allows bob to view in Dev
    Then it is refused: "there is no grant that bob may view in stage 1 of pipeline 1"
    When eve allows bob to view in QA
    Then it is refused: "pipeline 1 has no stage 99"
    When eve allows bob to view in folder Web
    Then it is refused: "the folder can't be: ..."

  @U1
  Scenario Outline: The nearest scope wins, and in the same scope what denies
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
      | QA    | manual |
    And the definition says folder = "\\Web\\Shop"
    And bob is a member of ops
    When release R1 is created
    And eve allows eve to administer permissions in the store
    And eve <one> to manage deployments in <here>
    And eve <two> to manage deployments in <there>
    And bob deploys Dev of R1
    Then <so>

    Examples:
      | one              | here                | two              | there             | so                                                                             |
      | denies bob       | the store           | allows bob       | folder \\web      | Dev of R1 is in progress                                                       |
      | denies bob       | folder \\           | allows group ops | folder \\web      | Dev of R1 is in progress                                                       |
      | denies group ops | folder \\web        | allows bob       | folder \\Web\\shop | Dev of R1 is in progress                                                      |
      | denies bob       | folder \\Web\\shop  | allows bob       | the pipeline      | Dev of R1 is in progress                                                       |
      | denies bob       | the pipeline        | allows group ops | Dev               | Dev of R1 is in progress                                                       |
      | allows bob       | the pipeline        | denies group ops | Dev               | it is refused: "user:bob needs the permission to manage deployments in stage 1 of pipeline 1 (U3)" |
      | allows bob       | the store           | denies bob       | folder \\web      | it is refused: "user:bob needs the permission to manage deployments in stage 1 of pipeline 1 (U3)" |
      | allows bob       | Dev                 | denies group ops | Dev               | it is refused: "user:bob needs the permission to manage deployments in stage 1 of pipeline 1 (U3)" |
      | allows group ops | Dev                 | denies bob       | Dev               | it is refused: "user:bob needs the permission to manage deployments in stage 1 of pipeline 1 (U3)" |
      | allows bob       | QA                  | allows group dev | Dev               | it is refused: "user:bob needs the permission to manage deployments in stage 1 of pipeline 1 (U3)" |
      | allows bob       | folder \\We         | allows cy        | Dev               | it is refused: "user:bob needs the permission to manage deployments in stage 1 of pipeline 1 (U3)" |

  @U1
  Scenario: A group is who is a member at that moment
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    And bob is a member of ops
    When release R1 is created
    And eve allows eve to administer permissions in the store
    And eve allows group ops to manage deployments in the store
    And bob deploys Dev of R1
    Then Dev of R1 is in progress
    Given bob is no longer a member of ops
    When bob cancels Dev of R1
    Then it is refused: "user:bob needs the permission to manage deployments in stage 1 of pipeline 1 (U3)"

  @U1 @U3
  Scenario Outline: What each command needs
    Given a pipeline "Shop" with stages:
      | stage | starts        |
      | Dev   | after release |
      | QA    | after Dev     |
      | Prod  | manual        |
    And the definition says folder = "\\Web"
    When releases R1, R2, R3 are created
    And release R4 is created with:
      | draft | yes |
    And eve abandons R3
    Then it is refused: "jobs run in stage 1: cancel it first"
    When eve cancels Dev of R3
    And Dev of R3 succeeds
    And eve abandons R3
    And eve stops the line of Prod as "stop", saying "it is urgent"
    And eve deploys Prod of R2
    And eve allows eve to administer permissions in the store
    And bob <does>
    Then it is refused: "user:bob needs the permission to <permission> in <there> (U3)"
    When eve allows bob to <permission> in <scope>
    And bob <does>
    Then <event> was recorded <times>

    Examples:
      | does                                             | permission             | scope        | there                 | event                         | times   |
      | starts R4                                        | edit releases          | the pipeline | pipeline 1            | release.started               | 1 time  |
      | keeps R1 forever, saying "the auditors"          | edit releases          | the pipeline | pipeline 1            | release.kept-forever          | 1 time  |
      | disables the pipeline                            | edit pipeline          | the pipeline | pipeline 1            | pipeline-status.disabled      | 1 time  |
      | deletes the pipeline by force, saying "all over" | delete pipeline        | folder \\web | pipeline 1            | pipeline-status.deleting-begun | 1 time |
      | reactivates R3                                   | edit releases          | folder \\web | pipeline 1            | release.reactivated           | 1 time  |
      | deploys Prod of R1                               | manage deployments     | Prod         | stage 3 of pipeline 1 | deployment.triggered          | 5 times |
      | cancels Dev of R1                                | manage deployments     | Dev          | stage 1 of pipeline 1 | deployment.cancel-asked       | 2 times |
      | stops the line of QA as "s", saying "it burns"   | manage deployments     | QA           | stage 2 of pipeline 1 | freeze.declared               | 2 times |
      | freezes QA from 2030-05-01 08:00 until 2030-05-02 08:00 as "s", saying "sale" | manage deployments | QA | stage 2 of pipeline 1 | freeze.declared | 2 times |
      | lifts "stop"                                     | override freezes       | Prod         | stage 3 of pipeline 1 | freeze.lifted                 | 1 time  |
      | overrides the freezes of Prod of R2, saying "go" | override freezes       | Prod         | stage 3 of pipeline 1 | deployment.freezes-overridden | 1 time  |
      | reports task deploy of Dev of R1                 | report task results    | Dev          | stage 1 of pipeline 1 | task.ended                    | 2 times |
      | allows cy to view in Dev                         | administer permissions | Dev          | stage 1 of pipeline 1 | permission.granted            | 3 times |
      | allows cy to view in folder \\web\\shop          | administer permissions | folder \\web | folder \\web\\shop    | permission.granted            | 3 times |

  @U3
  Scenario: To edit and to create drafts
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created with:
      | draft | yes |
    And eve allows eve to administer permissions in the store
    And bob edits R1:
      | description | the sale |
    Then it is refused: "user:bob needs the permission to edit releases in pipeline 1 (U3)"
    When eve allows bob to edit releases in the pipeline
    And bob edits R1:
      | description | the sale |
    Then R1 says:
      | description | the sale |

  @U3 @R7
  Scenario: To revise a stage of a release needs two permissions
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And eve allows eve to administer permissions in the store
    And eve allows bob to edit releases in the pipeline
    Given Dev has one more task test
    When bob revises tasks of Dev of R1
    Then it is refused: "user:bob needs the permission to edit stage in stage 1 of pipeline 1 (U3)"
    When eve allows bob to edit stage in Dev
    And bob revises tasks of Dev of R1
    Then release.snapshot-revised was recorded 1 time

  @U3
  Scenario: To deploy up to a stage needs it of each stage on the way
    Given a pipeline "Shop" with stages:
      | stage | starts    |
      | Dev   | manual    |
      | QA    | after Dev |
      | Prod  | after QA  |
    When release R1 is created
    And eve allows eve to administer permissions in the store
    And eve allows bob to manage deployments in Dev
    And eve allows bob to manage deployments in Prod
    And bob deploys R1 up to Prod
    Then it is refused: "user:bob needs the permission to manage deployments in stage 2 of pipeline 1 (U3)"
    When eve allows bob to manage deployments in QA
    And bob deploys R1 up to Prod
    Then Dev of R1 is in progress

  @U3
  Scenario: To create a pipeline in a folder
    Given a pipeline "Bank" with stages:
      | stage |
      | Dev   |
    When eve allows eve to administer permissions in the store
    And eve allows bob to edit pipeline in folder \web
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says folder = "\\Webshop"
    When bob saves the pipeline
    Then it is refused: "user:bob needs the permission to edit pipeline in folder \Webshop (U3)"
    Given the definition says folder = "\\Web\\Shop"
    When bob saves the pipeline
    Then the pipeline is at revision 1

  @U3
  Scenario: To revise a pipeline, and each stage that changes with it
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | Prod  |
    When eve saves the pipeline
    And eve allows eve to administer permissions in the store
    Given the definition says description = "what we sell"
    When bob saves the pipeline
    Then it is refused: "user:bob needs the permission to edit pipeline in pipeline 1 (U3)"
    When eve allows bob to edit pipeline in the pipeline
    And bob saves the pipeline
    Then the pipeline is at revision 2
    Given Dev has one more task test
    When bob saves the pipeline
    Then it is refused: "user:bob needs the permission to edit stage in stage 1 of pipeline 1 (U3)"
    When eve allows bob to edit stage in the pipeline
    And eve denies bob to edit stage in Prod
    And bob saves the pipeline
    Then the pipeline is at revision 3
    Given Prod has one more task test
    When bob saves the pipeline
    Then it is refused: "user:bob needs the permission to edit stage in stage 2 of pipeline 1 (U3)"

  @U3
  Scenario: To move a pipeline to another folder
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says folder = "\\Web"
    When eve saves the pipeline
    And eve allows eve to administer permissions in the store
    And eve allows bob to edit pipeline in folder \Web
    Given the definition says folder = "\\Bank"
    When bob saves the pipeline
    Then it is refused: "user:bob needs the permission to edit pipeline in folder \Bank (U3)"
    When eve allows bob to edit pipeline in folder \Bank
    And bob saves the pipeline
    Then the pipeline is at revision 2

  @U3
  Scenario: Who is asked for an approval needs no permission to answer it
    Given a pipeline "Shop" with stages:
      | stage | before   |
      | Dev   | ann, bob |
    When release R1 is created
    And eve allows eve to administer permissions in the store
    And ann approves Dev of R1
    And bob approves Dev of R1
    Then Dev of R1 is in progress
    And the approvals of Dev of R1 are:
      | before | ann | approved by ann |
      | before | bob | approved by bob |

  @U3 @AP12
  Scenario: Who manages approvers answers on behalf of them, if a grant says so
    Given a pipeline "Shop" with stages:
      | stage | before |
      | Dev   | ann    |
      | QA    | ann    |
    When release R1 is created
    And bob approves Dev of R1
    Then it is refused: "user:bob is not an approver of ..."
    When eve allows eve to administer permissions in the store
    And eve allows bob to manage release approvers in Dev
    And cy approves Dev of R1
    Then it is refused: "user:cy is not an approver of ..."
    When bob approves Dev of R1
    And Dev of R1 succeeds
    And bob approves QA of R1
    Then it is refused: "user:bob is not an approver of ..."
    And approvals are pending from ann for R1

  @U2 @U3
  Scenario: What follows by itself needs no permission
    Given a pipeline "Shop" with stages:
      | stage | before               |
      | Dev   |                      |
      | QA    | ann; within 60 minutes |
    When eve allows eve to administer permissions in the store
    And eve allows bob to create releases in the store
    And release R1 is created by bob
    And Dev of R1 succeeds
    Then approvals are pending from ann for R1
    When 60 minutes pass
    Then QA of R1 is rejected, an approval timed out

  @U3 @I16
  Scenario: A refused command records nothing, not even when it would be so already
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    When release R1 is created
    And eve abandons R1
    And eve allows eve to administer permissions in the store
    And bob abandons R1
    Then it is refused: "user:bob needs the permission to edit releases in pipeline 1 (U3)"
    And release.abandoned was recorded 1 time

  @U1 @I9
  Scenario: A release is where it was created
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    And the definition says folder = "\\Web"
    When release R1 is created
    Given the definition says folder = "\\Bank"
    When eve saves the pipeline
    And release R2 is created
    And eve allows eve to administer permissions in the store
    And eve allows bob to manage deployments in folder \Web
    And bob deploys Dev of R1
    And bob deploys Dev of R2
    Then it is refused: "user:bob needs the permission to manage deployments in stage 1 of pipeline 1 (U3)"
    And Dev of R1 is in progress

  @U2 @I16
  Scenario: A grant that was taken back is already so
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And eve allows eve to administer permissions in the store
    And eve allows bob to view in Dev
    And eve no longer allows bob to view in Dev
    And eve no longer allows bob to view in Dev
    Then nothing is recorded
