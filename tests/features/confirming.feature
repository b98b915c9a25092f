Feature: Confirming who answers
  Where a pipeline asks for it, the host must confirm anew who somebody is at the moment of answering.

  @AP8 @I11
  Scenario: Without that confirmation the answer is refused
    Given a pipeline "Shop" with stages:
      | stage | before                            |
      | QA    | ann, bob; identity confirmed anew |
    When release R1 is created
    And ann approves QA of R1
    Then it is refused: "1/1#1-pre.0 takes an identity that is confirmed anew, and that of user:ann was not: show it again, then answer (AP8)"
    And approvals are pending from ann, bob for R1
    Given the host confirms who ann is
    When ann approves QA of R1
    Then approvals are pending from bob for R1

  @AP8
  Scenario: A rejection takes it, too
    Given a pipeline "Shop" with stages:
      | stage | after                        |
      | QA    | pat; identity confirmed anew |
    When release R1 is created
    And QA of R1 succeeds
    And pat rejects QA of R1
    Then it is refused: "1/1#1-post.0 takes an identity that is confirmed anew, ..."
    Given the host confirms who pat is
    When pat rejects QA of R1
    Then QA of R1 is rejected, an approver said no

  @AP8 @AP10
  Scenario: It is confirmed at the moment of answering, not once for all
    Given a pipeline "Shop" with stages:
      | stage | before                       |
      | QA    | ann; identity confirmed anew |
    And it is 2024-05-03 12:00
    And the host confirms who ann is
    When release R1 is created
    Given the host no longer confirms who ann is
    When ann approves QA of R1 until 2024-05-03 18:00
    Then it is refused: "1/1#1-pre.0 takes an identity that is confirmed anew, ..."

  @AP8 @AP12
  Scenario: A confirmed identity makes nobody an approver
    Given a pipeline "Shop" with stages:
      | stage | before                       |
      | QA    | ann; identity confirmed anew |
    And the host confirms who bob is
    When release R1 is created
    And bob approves QA of R1
    Then it is refused: "user:bob is not an approver of 1/1#1-pre.0"

  @AP8
  Scenario: Unless it is said, nobody needs to be confirmed anew
    Given a pipeline "Shop" with stages:
      | stage | before |
      | QA    | ann    |
    When release R1 is created
    And ann approves QA of R1
    Then no approval is pending

  @AP8 @AP9 @E1
  Scenario: Handing it on takes no confirmation, and the one after needs it
    Given a pipeline "Shop" with stages:
      | stage | before                       |
      | QA    | ann; identity confirmed anew |
    When release R1 is created
    And ann hands QA of R1 on to bob
    Then QA of R1 waits for:
      | what                                                                                          | cleared by |
      | waits for approval by bob (instead of ann; whose identity is to be confirmed anew) (before its jobs) | bob |
    When bob approves QA of R1
    Then it is refused: "1/1#1-pre.0 takes an identity that is confirmed anew, ..."
