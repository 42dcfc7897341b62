"""What is wrong with a row, in the words of whoever has to put it right."""

MESSAGES: dict[str, tuple[str, str]] = {
    "already_exists": ("已存在", "It exists already"),
    "already_registered": (
        "已登记过：关键字段与现有记录相同",
        "It is registered already: an exact key is that of another",
    ),
    "ambiguous_institution": ("有多个同名机构，请填写机构代码", "Several institutions have this name; give the code"),
    "ambiguous_match": (
        "该机构有多个同名联系人，请填写手机号",
        "Several contacts there have this name; give the mobile number",
    ),
    "ambiguous_unit": ("有多个同名组织，请写明上级组织", "Several units have this name; give the names above it too"),
    "conflicting_keys": ("关键字段分别属于不同的记录", "The keys are those of different records"),
    "date_out_of_range": ("日期超出范围", "The date lies outside of what is taken"),
    "enum": ("不是允许的取值", "This is none of the values taken"),
    "greater_than_equal": ("数值过小", "The number is too small"),
    "id_not_taken": ("新增时不能填写编号", "New rows get their ids from the system"),
    "institution_closed": ("该机构已关闭", "The institution is closed"),
    "invalid_boolean": ("应为“是”或“否”", "Yes or no is expected"),
    "invalid_date": ("日期无法识别，例如 2026-03-01", "No date; write for example 2026-03-01"),
    "invalid_licence": ("执业证号无效", "No licence can have this number"),
    "invalid_mobile": ("手机号无效", "No telephone can have this number"),
    "invalid_number": ("数字无法识别", "No number"),
    "less_than_equal": ("数值过大", "The number is too large"),
    "move_before_start": (
        "调动日期早于当前任职的开始日期",
        "The move lies before the start of the present affiliation",
    ),
    "name_without_letters": ("名称中没有文字", "A name holds letters, ideographs or digits"),
    "no_match": ("没有找到要更新的记录", "There is nothing to update"),
    "not_found": ("没有找到该记录", "There is no such record"),
    "repeated_in_file": ("与文件中前面的行重复", "An earlier row of the file is about the same"),
    "required": ("必填", "This is required"),
    "string_pattern_mismatch": ("格式不正确", "This is not of the form that is taken"),
    "string_too_long": ("文字过长", "The text is too long"),
    "string_too_short": ("文字过短", "The text is too short"),
    "string_type": ("必填", "This is required"),
    "too_far_ahead": ("日期过远", "The date lies too far ahead"),
    "too_many_cells": ("该行的列数多于表头", "The row has more cells than there are columns"),
    "unknown_department": ("该机构没有这个科室", "The institution has no such department"),
    "unknown_division": ("行政区划代码不存在", "There is no such administrative division"),
    "unknown_grade": ("等级无法识别，例如 三级甲等", "No grade; write for example 三级甲等 or 3A"),
    "unknown_institution": ("没有这个机构", "There is no such institution"),
    "unknown_kind": ("机构类型无法识别，例如 医院、药店", "No kind of institution; write for example hospital or 药店"),
    "unknown_reference": ("引用的对象不存在", "It refers to nothing that can be seen"),
    "unknown_unit": ("没有这个组织", "There is no such unit"),
}
"""By code: Chinese, English. A code that is not here is told in the words of the rule."""


def message(code: str, detail: str) -> tuple[str, str]:
    """Chinese and English."""
    return MESSAGES.get(code, (f"不符合规则（{code}）：{detail}", detail))
