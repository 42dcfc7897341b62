"""Names that sound right and belong to nobody in particular."""

from random import Random

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文辉力志永健世广海山仁波宁贵福生龙元全胜学祥才发武新利清飞彬富顺信子良晨轩宇浩凯嘉欣怡雪琳瑶悦涵思雨梓晴"
TITLES = (("主任医师", 2), ("副主任医师", 3), ("主治医师", 4), ("住院医师", 2), ("药师", 1))
ROLES = ("physician", "attending_physician", "department_deputy_head", "department_head")

HOSPITALS = (
    ("{city}第一人民医院", "3A"),
    ("{city}中心医院", "3A"),
    ("{city}第二人民医院", "3B"),
    ("{city}中医医院", "3B"),
    ("{city}妇幼保健院", "2A"),
    ("{county}人民医院", "2A"),
    ("{county}中医医院", "2B"),
    ("{county}第二人民医院", "2B"),
    ("{county}妇幼保健院", "2C"),
    ("{county}社区卫生服务中心", "1A"),
)

DEPARTMENTS = (
    ("消化内科", "gastroenterology"),
    ("儿科", "paediatrics"),
    ("心血管内科", "cardiology"),
    ("老年医学科", "geriatrics"),
)

PRODUCTS = (
    ("胃安宁", "gastro", "泰瑞药业", True),
    ("小儿健脾颗粒", "paediatrics", "泰瑞药业", True),
    ("心脉通", "cardio", "泰瑞药业", True),
    ("益智康", "geriatrics", "泰瑞药业", True),
    ("肠复舒", "gastro", "泰瑞药业", True),
    ("奥美拉唑肠溶胶囊(竞品)", "gastro", "华康制药", False),
    ("布洛芬混悬液(竞品)", "paediatrics", "新元制药", False),
    ("阿托伐他汀钙片(竞品)", "cardio", "东成制药", False),
    ("多奈哌齐片(竞品)", "geriatrics", "东成制药", False),
)

MATERIALS = (
    ("{product}样品装", "sample", 1500),
    ("{product}学术文献折页", "literature", 300),
)

MESSAGES = ("疗效证据", "安全性", "用药依从性", "医保政策", "指南推荐")
FEEDBACK = (
    "认可疗效,希望看到更多本土数据",
    "关注价格与医保报销",
    "已有患者使用,反馈良好",
    "暂未使用,愿意了解",
    "希望组织科室会",
)
NEXT_STEPS = ("下周带指南文献回访", "安排科室会议", "跟进首批患者反馈", "提供对比数据", "邀请参加学术会议")


def person(random: Random) -> str:
    """A full name."""
    given = random.choice(GIVEN) + (random.choice(GIVEN) if random.random() < 0.75 else "")
    return random.choice(SURNAMES) + given


def title(random: Random) -> str:
    """A professional title."""
    return random.choices([name for name, _ in TITLES], weights=[weight for _, weight in TITLES])[0]
