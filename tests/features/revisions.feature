Feature: Revisions of a pipeline
  All revisions stay readable. They can be compared, and an earlier one can be restored, which makes a new revision.

  Background:
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    When eve saves the pipeline
    Given QA has one more task smoke-test
    When bob saves the pipeline
    Given the definition says description = "third"
    When bob saves the pipeline
    Then the pipeline is at revision 3

  @P1
  Scenario: What changed from one revision to another
    Then from revision 1 to revision 3 this changes:
      | description: "third" is new |
      | stages[QA].jobs[Agent job].tasks[smoke-test]: {"condition":... is new |
    And from revision 2 to revision 2 nothing changes

  @P1 @P2
  Scenario: Restoring makes a new revision, and changes nothing in releases
    When release R1 is created
    And ann restores revision 1, saying "smoke tests are flaky"
    Then the pipeline is at revision 4
    And from revision 1 to revision 4 nothing changes
    And R1 says:
      | revision | 3 |
    When release R2 is created
    Then R2 says:
      | revision | 4 |
    And from R1 to R2 this changes:
      | description: "third" is gone |
      | stages[QA].jobs[Agent job].tasks[smoke-test]: {"condition":... is gone |

  @P1 @P2
  Scenario: Restoring names the revision that it was made against, and one that there is
    When ann restores revision 1 against revision 2
    Then it is refused: "stale revision: the change was made against revision 2, the pipeline is at revision 3"
    When ann restores revision 7
    Then it is refused: "the pipeline has no revision 7: the newest is 3"
    When ann restores revision 0
    Then it is refused: "the pipeline has no revision 0: the newest is 3"
    When ann restores revision 3
    Then nothing is recorded
    When ann restores revision 1, saying "4001 characters"
    Then it is refused: "the comment has 4001 characters, at most 4000 are allowed"

  @P1
  Scenario: Nothing else can be passed off as a revision
    When ann passes revision 2 off as revision 1
    Then it is refused: "the definition that was given is not that of revision 1"

  @P1
  Scenario: Restoring a revision brings its name back, if it is free
    Given the definition says name = "Store"
    When bob saves the pipeline
    And ann restores revision 1
    Then the pipeline is at revision 5
    And one commit holds:
      | pipeline  | pipeline.revised       |
      | pipeline  | pipeline.renamed       |
      | directory | directory.name-claimed |

  @P1 @P3
  Scenario: Restoring a revision revives the ids of its stages, also of one that was renamed before it was removed
    Given the definition says stages[1].name = "Test"
    When bob saves the pipeline
    Given the definition says stages = []
    And the definition says stages[0] = {"id": 1, "name": "Dev"}
    When bob saves the pipeline
    And ann restores revision 3
    Then the pipeline is at revision 6
    And from revision 3 to revision 6 nothing changes
