

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
