Feature: How long releases are kept, and what deletes them
  Each stage keeps its releases for some days, and so many of the newest. What is deployed somewhere never goes.

  @K1 @scenario-41
  Scenario: Retention days
    Given it is 2024-05-01 12:00
    And a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
      | QA    | manual |
    And the definition says stages[0].retention = {"days": 10, "releases": 0, "keep_build": false}
    And the definition says stages[1].retention = {"days": 30, "releases": 0, "keep_build": false}
    And every deployment succeeds
    When releases R1, R2 are created
    And bob deploys Dev of R1
    And 8 days pass
    And bob deploys QA of R1
    And bob deploys Dev of R2
    And bob deploys QA of R2
    Then retention says:
      | release | decision                                                | until            |
      | R1      | stage 1 keeps it until ...; stage 2 keeps it until ...  | 2024-06-08 12:00 |
    When 30 days pass
    Then retention says:
      | release | decision                                                          |
      | R1      | goes                                                              |
      | R2      | it is what is deployed on stage 1; it is what is deployed on stage 2; it is the last good release of stage 1; it is the last good release of stage 2 |

  @K1
  Scenario: The newest releases of a stage stay, failed ones included
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].retention = {"days": 1, "releases": 2, "keep_build": false}
    When releases R1, R2, R3 are created
    And Dev of R1 to R3 fails
    And 2 days pass
    Then retention says:
      | release | decision                                                       |
      | R1      | goes                                                           |
      | R2      | it is number 2 of the 2 newest that stage 1 keeps              |
      | R3      | it is number 1 of the 2 newest that stage 1 keeps              |

  @K2 @K3
  Scenario: What is needed is not deleted, and the refusal says why
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When release R1 is created
    And bob deletes R1
    Then it is refused: "the release is not deleted: it deploys at stage 1"
    When Dev of R1 succeeds
    And bob deletes R1
    Then it is refused: "...it is what is deployed on stage 1; it is the last good release of stage 1"
    When release R2 is created
    And 1 minute passes
    And Dev of R2 succeeds
    And bob keeps R1 forever
    And bob deletes R1
    Then it is refused: "...it is kept forever since ..."
    When bob no longer keeps R1 forever
    And bob deletes R1, saying "a mistake"
    Then R1 is deleted

  @K3 @E1
  Scenario: Nothing is asked of a deleted release but to be restored
    Given a pipeline "Shop" with stages:
      | stage | starts |
      | Dev   | manual |
    And the definition says stages[0].retention = {"days": 1, "releases": 0, "keep_build": false}
    When release R1 is created
    And bob deletes R1
    Then R1 is deleted
    And Dev of R1 waits for:
      | what                                                            | cleared by |
      | the release is deleted: only restoring it brings it back        | somebody   |
    When bob deploys Dev of R1
    Then it is refused: "the release was deleted at ...: restore it first"
    When bob keeps R1 forever
    Then it is refused: "the release was deleted at ..."
    When bob deletes R1
    Then nothing is recorded
    When bob restores R1
    And bob deploys Dev of R1
    Then Dev of R1 is in progress

  @K3 @scenario-43
  Scenario: Undelete
    Given it is 2024-05-01 12:00
    And a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].retention = {"days": 5, "releases": 0, "keep_build": false}
    And every deployment succeeds
    When release R1 is created
    And 1 day passes
    And releases R2, R3 are created
    And bob deletes R1
    And bob deletes R2
    And 10 days pass
    And bob restores R1
    Then retention says:
      | release | decision                  | until            |
      | R1      | stage 1 keeps it until ... | 2024-05-17 12:00 |
    When 4 days pass
    And 1 second passes
    And bob restores R2
    Then it is refused: "the release could be restored until 2024-05-16 12:00:00 UTC"

  @R6 @K2 @scenario-42
  Scenario: Retain
    Given it is 2024-05-01 12:00
    And a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And the definition says stages[0].retention = {"days": 5, "releases": 0, "keep_build": false}
    And every deployment succeeds
    When releases R1, R2 are created
    And bob keeps R1 forever
    And 60 days pass
    Then retention says:
      | release | decision                        |
      | R1      | it is kept forever since ...    |
    When bob no longer keeps R1 forever
    Then retention says:
      | release | decision                   | until            |
      | R1      | stage 1 keeps it until ... | 2024-07-05 12:00 |
    When 5 days pass
    Then retention says:
      | release | decision |
      | R1      | goes     |
