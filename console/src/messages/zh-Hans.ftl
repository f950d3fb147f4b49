# 框架
nav = 主要页面
nav-live = 实时
nav-decisions = 决定
nav-cases = 案件
nav-rules = 规则
nav-deliveries = 投递
nav-settings = 设置
nav-account = 您的账号：{ $name }
skip = 跳到正文
close = 关闭
cancel = 取消
retry = 重试
undo = 撤销
undone = 已撤销。
more = 显示更多
why = 原因
open-whole = 打开全文
clear-filters = 清除筛选
notices = 通知
briefing = 简报
market = 市场
every-market = 所有市场
every-type = 所有事件
every-verdict = 所有结论
every-rule = 所有规则
verdict = 结论
rule = 规则
policy = 策略
origin = 来源
sign-out = 退出登录
language-en = English
language-fr = Français
language-zh-Hans = 简体中文
lost = 这里没有页面
lost-about = 地址可能输错了，或者它所指的内容已不存在。
lost-home = 前往实时页

# 键盘
key-palette = 搜索与跳转
key-search = 搜索
key-sheet = 键盘
key-undo = 撤销上一步
key-next = 下一项
key-previous = 上一项
key-open = 打开
key-pause = 暂停或继续
key-close = 关闭已打开的内容
key-replay = 重新判定并比较
key-note = 在输入框中打字时，快捷键不起作用。
palette-placeholder = 页面、规则、设置，或 user:u42 这样的对象
palette-rule = 规则，{ $mode }
palette-setting = 设置：{ $name }
palette-none = 没有这个名称。
action-theme-dark = 深色主题
action-theme-light = 浅色主题
action-language = 语言：{ $language }

# 数据流
stream-connecting = 正在连接
stream-open = 已连接
stream-broken = 实时连接已中断。您看到的内容可能滞后；数据没有丢失，恢复后会补上。
stream-closed = 未连接
stream-paused = 已暂停
stream-trying = 正在重新连接…
stream-retry = 立即连接

# 问题
problem-unknown = 出了点问题。没有任何改动。
problem-offline = 无法连接服务器。没有任何改动。
problem-busy = 服务器此刻太忙。请稍候再试。
problem-status = 服务器返回 { $status }。没有任何改动。
problem-offline-title = 无法连接服务器
problem-offline-todo = 没有任何改动。请检查网络后重试。
problem-forbidden-title = 您无权查看此内容
problem-forbidden-todo = 没有任何改动。请向管理员申请所需的角色或市场。
problem-missing-title = 这里没有此内容
problem-missing-todo = 它可能已被移除，或属于您看不到的市场。
problem-stale-title = 有人先改了一步
problem-stale-todo = 您的改动没有保存。请重新载入，再在其基础上修改。
problem-busy-title = 服务器太忙
problem-busy-todo = 事件仍在正常接收。请等几秒再试。
problem-broken-title = 服务器未能答复
problem-broken-todo = 已存数据安全，没有任何改动。请重试；若仍如此，服务器日志里有更多信息。
problem-refused-title = 服务器拒绝了此操作
problem-refused-todo = 没有任何改动。请更正后重试。

# 登录
signin = 登录
signin-title = 登录 Vigie
signin-about = 守望您的市场。
signin-wrong = 登录名与密码不匹配。
signin-locked = 尝试次数过多，登录已锁定几分钟。
login = 登录名
password = 密码

# 结论与模式
verdict-allow = 放行
verdict-warn = 已提醒
verdict-review = 待审
verdict-hold = 已扣留
verdict-block = 已拦截
mode-draft = 草稿
mode-shadow = 影子
mode-canary = 灰度
mode-live = 生效
mode-draft-about = 已检查并测试，从不对真实事件求值。
mode-shadow-about = 求值并记录，从不执行动作。
mode-canary-about = 对一部分对象执行动作，其余只作影子。
mode-live-about = 执行动作。
masked = 已遮盖的个人数据
masked-about = 个人数据已遮盖。
masked-hint = 文本属于个人数据，已遮盖；标记处是信号触发的位置。
found-in-text = 文本中发现：{ $signals }
signal-off-platform = 要求离开平台
signal-pay-outside = 要求平台外付款
signal-asks-code = 索要验证码
signal-phishing = 疑似钓鱼
signal-urgency = 催促施压
signal-contact = 联系方式
signal-counterfeit = 仿冒品用语
signal-drugs = 违禁品用语
value-missing = 缺失
value-yes = 是
value-no = 否
values-read = 规则读取的值

# 实时
pause = 暂停
resume = { $count ->
    [0] 继续
   *[other] 继续（{ $count }）
}
waiting = { $count ->
   *[other] { $count } 条新内容
}
welcome-title = 您的市场，此时此刻
welcome-1 = 每条消息、商品、付款和登录都作为事件进入，片刻之后就出现在这里。
welcome-2 = 规则决定它的去向：放行、提醒、待审、扣留或拦截。影子规则只观察。
welcome-3 = 打开任意一行即可看到原因：读取的每个值、每个动作，以及撤回它的按钮。
welcome-rules = 查看规则
welcome-held = 只看已扣留的
count-events = 事件
count-warned = 已提醒
count-reviewed = 待审
count-held = 已扣留
count-blocked = 已拦截
count-cases = 未结案件
count-lost = 丢失
chart-events = 每分钟事件数
chart-hits = 每分钟规则命中数
chart-events-at = { $time } · { $count ->
   *[other] { $count } 个事件
}
chart-hits-at = { $time } · { $count ->
   *[other] { $count } 次命中
}
live-none = 还没有任何事件
live-none-about = 事件发送后片刻就会出现在这里。先创建密钥，再发送第一个：
live-none-key = 创建密钥
live-none-filtered = 没有符合筛选条件的内容
live-none-filtered-about = 符合条件的事件到来时会出现在这里。
live-foot = { $count ->
   *[other] 最近的 { $count } 个事件。更早的可从决定或对象页面找到。
}
shadow-would = 影子：{ $why }

# 决定
decision-choose = 请选择一个决定
decision-choose-about = 凡有规则命中的事件都是一个决定。用 j 和 k 移动。
decision-title = { $verdict }：{ $type }
decisions-none = 这里没有决定
decisions-none-about = 规则命中时（影子规则也算）会记录决定。请放宽筛选，或查看哪些规则在生效。
decision-undo = 撤销此决定
decision-undo-about = { $count ->
   *[other] 它的 { $count } 个动作会尽可能收回：取消标签、关闭案件，仍在等待的不再发送。已发送的无法收回。
}
decision-undone = 已收回：{ $undone }。保留：{ $kept }。
decision-was-undone = { $by } 于{ $when }撤销：{ $why }
score = 分值 { $score }
replay = 重新判定
replay-same = 重新判定：结果逐字节一致。
replay-differs = 重新判定：结果与存储的不同。
replay-both = 存储的与重放的
why-decided = 原因
no-acting-hit = 没有生效规则命中；事件已放行。
no-rule-hit = 没有规则命中此事件。
shadow-hits = { $count ->
   *[other] { $count } 条影子规则本会命中
}
hit-missing = 有值缺失，规则因此要求人工审核。
what-happened = 发生了什么
effects = 动作
effects-none = 没有要求任何动作。
concerned = 涉及
effect-label = 标签 { $detail }
effect-unlabel = 取消标签 { $detail }
effect-enqueue = 案件进入队列 { $detail }
effect-message = 消息 { $detail }
effect-webhook = Webhook { $detail }
state-applied = 已执行
state-waiting = 等待中
state-delivered = 已送达
state-failed = 将重试
state-dead = 彻底失败
state-undone = 已收回
state-cancelled = 已取消
inverse-delay = 会等待片刻，此时仍可撤回。
inverse-compensate = 以后可以收回。
inverse-none = 一旦发送便无法收回。

# 事件
event-type = 类型
event-time = 发生于
event-received = 收到于
event-source = 来源
event-id = 编号
event-actor = 操作者
event-no-data = 没有附带数据。
entity-role = { $kind }，角色 { $role }
kind-user = 用户
kind-listing = 商品
kind-conversation = 对话
kind-order = 订单
kind-device = 设备
kind-instrument = 支付方式
kind-ip = IP
kind-agent = 客服
kind-brand = 品牌
kind-record = 记录
kind-page = 页面
kind-visitor = 访客
kind-payment = 付款
kind-message = 消息
type-account-registered = 注册账号
type-account-verified = 账号已核实
type-profile-identified = 识别资料
type-session-started = 开始会话
type-page-viewed = 浏览页面
type-listing-submitted = 提交商品
type-listing-published = 发布商品
type-listing-removed = 下架商品
type-message-submitted = 提交消息
type-message-sent = 发送消息
type-order-placed = 下单
type-order-shipped = 订单发货
type-order-delivered = 订单送达
type-order-cancelled = 取消订单
type-order-disputed = 订单争议
type-payment-attempted = 尝试付款
type-payment-completed = 付款完成
type-payment-failed = 付款失败
type-instrument-linked = 绑定支付方式
type-signin-succeeded = 登录成功
type-signin-failed = 登录失败
type-cart-updated = 更新购物车
type-refund-issued = 退款
type-review-posted = 发表评价
type-flag-raised = 举报
type-record-revealed = 查看记录
type-policy-activated = 启用策略
type-rule-tripped = 规则熔断
type-label-applied = 加上标签
type-label-lifted = 取消标签
type-case-opened = 开立案件
type-case-closed = 关闭案件
type-case-reopened = 重开案件
type-case-claimed = 领取案件
type-effect-undone = 收回动作
type-decision-undone = 撤销决定
field-message = 消息
field-conversation = 对话
field-sender = 发送者
field-recipient = 接收者
field-text = 文本
field-listing = 商品
field-seller = 卖家
field-buyer = 买家
field-user = 用户
field-title = 标题
field-description = 描述
field-category = 类别
field-price = 价格
field-amount = 金额
field-currency = 货币
field-country = 国家或地区
field-brand = 品牌
field-device = 设备
field-ip = IP
field-email = 邮箱
field-phone = 电话
field-path = 路径
field-order = 订单
field-payment = 付款
field-instrument = 支付方式
field-reason = 原因
field-reporter = 举报者
field-reported = 被举报者
field-agent = 客服
field-record = 记录
field-field = 字段
field-kind = 种类
field-stars = 星级
field-visitor = 访客
field-method = 方式
field-name = 姓名
field-agent-string = 浏览器
field-referrer = 来路
field-ticket = 工单
field-language = 语言
field-traits = 属性
field-review = 评价
field-flag = 举报
field-items = 物品

# 对象
entity = 对象
labels = 标签
labels-none = 没有标签。
label-add = 添加标签
label-added = 已加上标签 { $name }。
label-lifted = 已取消标签 { $name }。
label-lift = 取消 { $name }
label-until = { $when }到期
label-name = 标签
label-name-about = 规则可以查询的短名称，例如 trusted_seller。
label-ttl = 到期
ttl-none = 直到有人取消
ttl-1d = 一天后
ttl-7d = 7 天后
ttl-30d = 30 天后
reason-undo = 操作后立即撤销
reason-by-hand = 在控制台手动取消
timeline = 时间线
timeline-only = 只看有规则命中的
timeline-none = 目前一无所知
timeline-none-about = 提到它的事件会列在这里，最新的在前。若应有内容，请检查所选市场。
standing = 概况
registered = 注册
first-seen = 首次出现
cases-open = 未结案件
aggregates = 统计
aggregate = 指标
aggregates-rest = { $count ->
   *[other] 其余 { $count } 项无计数
}
hook-missing = 尚未设置 webhook，待发内容在此等待。
hook-missing-set = 设置 webhook
aggregates-none = 此类对象没有统计指标。
approximate = 近似值
window-1h = 1 小时
window-24h = 24 小时
window-all = 累计
key-label = 添加标签

# 案件
queue = 队列
every-queue = 所有队列
case-state = 状态
case-open = 未结
case-closed = 已结
case-choose = 请选择一个案件
case-choose-about = 案件汇集规则对同一人或物的发现。按一个键给出结论，下一个自动打开。
case-first = 从第一个开始
case-title = 关于 { $entity } 的案件
case-events = { $count ->
   *[other] { $count } 个事件
}
case-claim = 领取
case-claimed = 已归您处理。
claimed-by = 由 { $name } 处理
case-next = 下一个
case-fraud = 欺诈
case-fine = 正常
case-unsure = 不确定
case-note = 备注（可选）
case-closed-fraud = { $entity }：欺诈。
case-closed-fine = { $entity }：正常。
case-closed-unsure = { $entity }：不确定。
case-verdict-fraud = 欺诈
case-verdict-fine = 正常
case-verdict-unsure = 不确定
case-verdict-undone = 已收回
case-was-closed = 已结：{ $verdict }。
case-reopen = 重开
cases-none-open = 没有待处理的案件
cases-none-closed = 还没有结案
cases-none-about = 规则通过 enqueue 把工作送入队列。命中后，案件就会出现在这里。
due = { $when }到期
overdue = { $when }已到期
overdue-count = { $count ->
   *[other] { $count } 个逾期
}
evidence = 证据
evidence-none = 没有相关的决定。

# 投递
deliveries-about = 向外发出的消息和 webhook。每一条都会重试到送达，并带有唯一的键，不会重复计算。
deliveries-none = 还没有发送过任何内容
deliveries-none-state = 没有处于此状态的投递
deliveries-none-about = 生效规则要求 message 或 webhook 时，内容会在这里等待送达。
delivery-retry = 重试
delivery-retried = 马上重试。
delivery-cancel = 不发送
delivery-cancelled = 不会发送。
attempts = { $count ->
   *[other] { $count } 次尝试
}
next-try = 下次

# 规则
mode = 模式
tests = 测试
hits-day = 24 小时命中
hits-link = { $count ->
   *[other] 24 小时内命中 { $count } 次
}
hits-line = { $day ->
   *[other] 24 小时内命中 { $day } 次
}，累计 { $total } 次
never-hit = 从未命中
tests-failed = { $count ->
   *[other] { $count } 个失败
}
tests-passed = { $count ->
   *[other] { $count } 个通过
}
tests-of = { $passed }/{ $total } 通过
tests-none = 还没有测试。规则离开草稿前必须有测试。
test-got = 应为 { $expect }，实为 { $got }
passed = 通过
failed = 失败
rule-tripped = { $when }超出动作预算，已退回影子模式。
rules-none = 这里没有规则
rules-none-about = 规则用一行说明何时命中以及随后做什么。可先写成草稿：在您允许之前，它不会有任何动作。
rule-new = 新建规则
rule-new-about = 以草稿开始，附一个例子和两个测试。
rule-name = 名称
rule-name-about = 简短的小写名称；它会出现在该规则的每个决定里。
rule-taken = 已有同名规则。
rule-write = 开始编写
rule-template-note = 写明何时命中、随后做什么，以及用文字说明原因。
rule-unknown = 没有名为 { $name } 的规则。
rule-save = 启用
rule-save-about = 文件会立即成为策略的一部分，对之后的每个事件有效。旧版本保留在历史中。
rule-saved = 策略 { $hash } 已生效。
rule-discarded = 您的改动已放弃。
rule-file = 位于 { $file }。
rule-changed = 已修改，尚未启用
discard = 放弃
all-rules = 所有规则
note = 改动说明
policy-line = 策略 { $hash }，{ $who }，{ $when }
checking = 正在检查…
check-fine = 没有错误，所有名称均可识别。
findings = 检查结果
at-line = 第 { $line }:{ $column } 行
did-you-mean = 您是指 { $name } 吗？
fix = 修正
fix-to = 改为 { $to }
mode-change = 改为{ $mode }
mode-set = 改为{ $mode }
mode-changed = { $name }：{ $mode }。
mode-after-save = 请先启用或放弃您的改动。
history = 历史
in-force = 生效中
no-note = 无说明
version-choose = 请选择一个版本
version-choose-about = 策略的每次改动都连同作者和原因保存，一键即可回到任何版本。
version-line = { $hash }，{ $who }，{ $when }
version-first = 这是第一个版本。
version-same = 与前一版本相同。
version-return = 回到此版本
version-return-about = 此版本会重新生效，并作为历史中的新条目。已作出的决定保持不变。
version-returned = 策略 { $hash } 再次生效。
lines-same = { $count ->
   *[other] { $count } 行未变
}

# 回测
backtest = 回测
backtest-about = 用此策略重跑日志：以今天的规则判定过去的事件。不会发送任何内容。
backtest-about-changed = 用改动后的文本重跑日志，并与生效策略比较。不会发送任何内容。
backtest-run = 运行
range = 时间范围
range-day = 最近 24 小时
range-week = 最近 7 天
range-all = 全部日志
stop = 停止
starting = 正在开始…
progress = { $done } / { $total } 个事件，{ $share }
new-hits = 新增命中
lost-hits = 失去命中
same-hits = 保持不变
verdicts-changed = 结论改变
people-affected = 受影响人数
value-affected = 受影响金额
events-read = 读取事件
events-in = { $count } 个，用时 { $time }
before = 之前
after = 之后
samples = 样例
change-new = 新增
change-lost = 失去

# 设置
settings-appearance = 外观与账号
settings-appearance-about = 语言、主题、密码
settings-agents = 成员
settings-agents-about = 谁可以登录，以何种身份
settings-keys = API 密钥
settings-keys-about = 供程序发送事件或请求判定
settings-webhooks = Webhook
settings-webhooks-about = 把决定以签名方式告知您的系统
settings-about = 关于
settings-about-about = 版本、存储、API
language = 语言
theme = 主题
theme-auto = 跟随系统
theme-light = 浅色
theme-dark = 深色
account = 账号
save = 保存
copy = 复制
copied = 已复制。
done = 完成
password-change = 更改密码
password-old = 当前密码
password-new = 新密码
password-about = 至少 10 个字符。
password-changed = 密码已更改。
agent-add = 添加成员
agent-added = { $name } 现在可以登录。
agent-name = 姓名
agent-login = 登录名
agent-password = 初始密码（留空则自动生成）
agent-made-password = { $name } 的密码
agent-role = 角色
agent-disabled = 不可登录
role-admin = 管理员
role-analyst = 分析师
role-agent = 客服
role-auditor = 审计员（只读）
key-add = 创建密钥
key-name = 名称
key-name-about = 写明由谁使用，以便日后辨认。
key-scopes = 允许
key-market-about = 用此密钥发送的事件属于这个市场。
key-made = 您的新密钥
key-made-about = 请立即复制：它只显示这一次。持有者可以行使其全部权限。
key-revoke = 吊销 { $name }
key-revoking = 正在吊销 { $name }。
keys-none = 还没有密钥
keys-none-about = 密钥让程序可以向这里发送事件。
scope-ingest = 发送事件
scope-decide = 请求判定
scope-read = 读取
scope-write = 修改
last-used = 上次使用
never-used = 从未使用
hook-set = 设置 webhook
hook-url = 地址
hook-about = 您的 https 地址。留空则取消 webhook，待发内容会等待。
hook-rotate = 生成新的签名密钥；旧密钥在下次更改前仍一同签名
hook-secret-made = 签名密钥
hook-secrets = { $count ->
   *[other] 用 { $count } 个密钥签名
}
hook-private = 允许内网地址
hook-saved = 已保存。
hooks-none = 未设置 webhook
hooks-none-about = 设置后，一旦有内容被扣留、提醒或拦截，您的系统会立即得知。
about-line = Vigie，守望您的市场。
about-version = 版本
about-store = 存储
about-encoder = 句子编码器
encoder-on = 已载入
encoder-off = 未载入；文本按 n-gram 读取
about-retention = 事件保留
days = { $count ->
   *[other] { $count } 天
}
about-api = API 说明
about-licence = 许可证
