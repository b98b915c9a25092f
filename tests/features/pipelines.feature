Feature: Release pipelines
  They are revised over time, and every change says which revision it was made against.

  @scenario-47 @P2
  Scenario: Stale save
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    Given the definition says description = "2"
    When eve saves the pipeline
    Given the definition says description = "3"
    When eve saves the pipeline
    Given the definition says description = "4"
    When eve saves the pipeline
    Given the definition says description = "5"
    When eve saves the pipeline
    Given the definition says description = "6"
    When eve saves the pipeline
    Given the definition says description = "7"
    When eve saves the pipeline
    Then the pipeline is at revision 7
    Given the definition says description = "ann's"
    When ann saves the pipeline against revision 7
    Then the pipeline is at revision 8
    Given the definition says description = "bob's"
    When bob saves the pipeline against revision 7
    Then it is refused: "stale revision: the change was made against revision 7, the pipeline is at revision 8"
    And the pipeline is at revision 8
    When bob saves the pipeline against revision 9
    Then it is refused: "stale revision: the change was made against revision 9, the pipeline is at revision 8"

  @P2 @I16
  Scenario: A change that changes nothing is no revision
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    And eve saves the pipeline
    Then nothing is recorded
    And the pipeline is at revision 1

  @P1
  Scenario: The name is unique in its folder, without case
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    Given a pipeline "SHOP" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    Then it is refused: "pipeline 1 in folder \ has the name \"SHOP\" already: choose another name or another folder"
    Given the definition says folder = "\\web"
    When eve saves the pipeline
    Then the pipeline is at revision 1

  @P1
  Scenario: A name that was given up can be taken
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    Given the definition says name = "Market"
    When eve saves the pipeline
    Then the pipeline is at revision 2
    Given a pipeline "shop" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    Then the pipeline is at revision 1
    Given a pipeline "market" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    Then it is refused: "pipeline 1 in folder \ has the name \"market\" already: choose another name or another folder"

  @P1 @I8 @I16
  Scenario: A creation that comes twice makes one pipeline
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    When eve saves the pipeline
    And the same command comes once more
    Then it is known to have been carried out before
    And pipeline.created was recorded 1 time

  @P1
  Scenario: Who changed it, and when
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
    And it is 2024-05-03 12:00
    When eve saves the pipeline
    And 1 day passes
    Given the definition says description = "better"
    When ann saves the pipeline
    Then the history of the pipeline is:
      | pipeline | pipeline.created | user:eve | 2024-05-03 12:00 |
      | pipeline | pipeline.revised | user:ann | 2024-05-04 12:00 |

  @P3
  Scenario: A stage keeps its id when it is renamed, and stages may be shown in another order
    Given a pipeline "Shop" with stages:
      | stage | queue               |
      | Dev   | at most 1, in order |
      | QA    |                     |
    When release R1 is created
    Given the definition says stages[0].name = "Development"
    When eve saves the pipeline
    And release R2 is created
    Then Development of R2 is queued
    When Dev of R1 succeeds
    Then Development of R2 is in progress

  @P3 @P5
  Scenario: The id of a stage that was removed is not given to another
    Given a pipeline "Shop" with stages:
      | stage |
      | Dev   |
      | QA    |
    When eve saves the pipeline
    Given the definition says stages[1].id = 7
    When eve saves the pipeline
    Then the pipeline is at revision 2
    Given the definition says stages[1].id = 2
    And the definition says stages[1].name = "Prod"
    And the definition says stages[0].name = ""
    When eve saves the pipeline
    Then it is refused: "...stages[0].name...; stages[1].id: 2 was that of stage \"QA\", which was removed: give \"Prod\" an id of its own"
    And the pipeline is at revision 2
    Given the definition says stages[1].name = "qa"
    And the definition says stages[0].name = "Dev"
    When eve saves the pipeline
    Then the pipeline is at revision 3
