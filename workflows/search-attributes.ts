import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

export const SCENARIO_TYPE = defineSearchAttributeKey('ScenarioType', SearchAttributeType.KEYWORD_LIST);
export const EVALUATION_DATE = defineSearchAttributeKey('EvaluationDate', SearchAttributeType.KEYWORD);
